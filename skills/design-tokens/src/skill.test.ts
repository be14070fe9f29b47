import { callSkill, contractProblems } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { skill } from './skill.js';

async function extract(css: string, format?: 'json' | 'css' | 'scss') {
  const { status, output, error } = await callSkill(skill, { css, format });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

const px = (value: number) => ({ value, unit: 'px' });

describe('design-tokens', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('answers its examples as documented', async () => {
    for (const { input, output } of skill.examples)
      expect((await callSkill(skill, input)).output).toEqual(output);
  });
});

describe('custom properties', () => {
  it('sorts them by what they are, under the name without its prefix', async () => {
    const { tokens, skipped } = await extract(`:root {
      --color-brand: #0B62D6; --space-4: 1rem; --radius-sm: 4px; --font-sans: "Inter Display", system-ui, sans-serif;
      --text-lg: 1.25rem; --font-weight-bold: 700; --leading-tight: 1.2; --breakpoint-md: 48rem; --header: 64px;
    }`);
    expect(tokens).toEqual({
      color: {
        brand: {
          $type: 'color',
          $value: { colorSpace: 'srgb', components: [0.0431, 0.3843, 0.8392], hex: '#0b62d6' },
        },
      },
      spacing: { 4: { $type: 'dimension', $value: { value: 1, unit: 'rem' } } },
      radius: { sm: { $type: 'dimension', $value: px(4) } },
      'font-family': { sans: { $type: 'fontFamily', $value: ['Inter Display', 'system-ui', 'sans-serif'] } },
      'font-size': { lg: { $type: 'dimension', $value: { value: 1.25, unit: 'rem' } } },
      'font-weight': { bold: { $type: 'fontWeight', $value: 700 } },
      'line-height': { tight: { $type: 'number', $value: 1.2 } },
      breakpoint: { md: { $type: 'dimension', $value: { value: 48, unit: 'rem' } } },
      size: { header: { $type: 'dimension', $value: px(64) } },
    });
    expect(skipped).toEqual([]);
  });

  it.each([
    ['hsl(120 100% 25% / 50%)', { colorSpace: 'srgb', components: [0, 0.5, 0], alpha: 0.5, hex: '#008000' }],
    ['rgba(255, 0, 0, 0.25)', { colorSpace: 'srgb', components: [1, 0, 0], alpha: 0.25, hex: '#ff0000' }],
    ['rebeccapurple', { colorSpace: 'srgb', components: [0.4, 0.2, 0.6], hex: '#663399' }],
    ['oklch(0.6 0.2 250)', { colorSpace: 'oklch', components: [0.6, 0.2, 250], hex: '#0081f1' }],
    ['oklch(0.6 0 none)', { colorSpace: 'oklch', components: [0.6, 0, 0], hex: '#808080' }],
    ['color(display-p3 1 0 0)', { colorSpace: 'display-p3', components: [1, 0, 0], hex: '#ff0000' }],
  ])('reads the colour %s', async (css, value) => {
    const { tokens } = await extract(`:root { --x: ${css} }`);
    expect(tokens['color']?.['x']).toEqual({ $type: 'color', $value: value });
  });

  it('makes aliases of references, in whatever order they are declared', async () => {
    const { tokens } = await extract(':root { --link: var(--action); --action: var(--blue); --blue: blue }');
    expect(tokens['color']).toMatchObject({
      link: { $type: 'color', $value: '{color.action}' },
      action: { $type: 'color', $value: '{color.blue}' },
    });
  });

  it('reads shadows of several layers, with a colour that is an alias', async () => {
    const css =
      ':root { --ink: black; --shadow-sm: 0 1px 2px var(--ink), inset 0 0 1px 2px rgb(0 0 0 / 50%) }';
    const { tokens } = await extract(css);
    const black = { colorSpace: 'srgb', components: [0, 0, 0], alpha: 0.5, hex: '#000000' };
    expect(tokens['shadow']?.['sm']).toEqual({
      $type: 'shadow',
      $value: [
        { color: '{color.ink}', offsetX: px(0), offsetY: px(1), blur: px(2), spread: px(0) },
        { color: black, offsetX: px(0), offsetY: px(0), blur: px(1), spread: px(2), inset: true },
      ],
    });
  });

  it('gives two properties that would share a name one each', async () => {
    const { tokens } = await extract(':root { --brand: red; --color-brand: blue; --colour-brand: lime }');
    expect(Object.keys(tokens['color'] ?? {})).toEqual(['brand', 'color-brand', 'colour-brand']);
  });

  it('says of every other property why it is not a token', async () => {
    const { count, skipped } = await extract(`:root {
      --wide: calc(1px + 2rem); --half: 50%; --em: 2em; --turn: 1turn; --ratio: 16 / 9; --rgb: 13, 110, 253; --empty: ;
      --steps: steps(4); --blur: blur(4px); --word: auto; --now: currentcolor; --canvas: Canvas; --url: url(a.png);
      --text: "a"; --list: 1px 2px; --mix: color-mix(in srgb, currentcolor, red); --none: initial; --bad: ]; --huge: 1e999px;
      --lost: var(--nowhere); --far: var(--lost); --a: var(--b); --b: var(--a); --after: var(--a);
    }`);
    expect(count).toBe(0);
    expect(Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      '--wide': 'is calc() of units that only a page can add up',
      '--half': 'is a percentage, which the format has no type for',
      '--em': 'is in em; the format has px and rem',
      '--turn': 'is in turn, which the format has no type for',
      '--ratio': 'is a ratio, which the format has no type for',
      '--rgb': 'is three numbers, such as the channels of a colour; what uses them is the token',
      '--empty': 'is empty',
      '--steps': 'is steps(): the format has Bézier curves only',
      '--blur': 'is blur(), which the format has no type for',
      '--word': 'is the keyword auto, which the format has no type for',
      '--now': 'is the colour of the text around it',
      '--canvas': 'is a system colour, which differs from machine to machine',
      '--url': 'is the address of a file, which the format has no type for',
      '--text': 'is a text, which the format has no type for',
      '--list': 'is a list of values, which the format has no type for',
      '--mix': 'is a colour that depends on the page, or is not valid',
      '--none': 'is initial: it has no value of its own',
      '--huge': 'is in px, which the format has no type for',
      '--lost': 'refers to --nowhere, which is not defined here',
      '--far': 'refers to --nowhere, which is not defined here',
      '--a': 'refers to itself',
      '--b': 'refers to itself',
      '--after': 'refers to --a, which refers to itself',
    });
  });

  it('has one function that is none of a colour cost that property only', async () => {
    const { tokens, skipped } = await extract(':root { --filter: blur(4px); --brand: #0b62d6 }');
    expect([Object.keys(tokens['color'] ?? {}), skipped.length]).toEqual([['brand'], 1]);
  });
});

describe('literal values', () => {
  it('takes each once, and none that a custom property stands for', async () => {
    const { tokens } = await extract(`:root { --brand: #0b62d6 }
      a { color: #0b62d6; background: #eee; padding: 8px 16px }
      b { border: 1px solid #eeeeee; margin: 16px -4px 0 auto; border-radius: 4px 4px 0 0 }
      p { font: inherit; font-family: Georgia, serif; font-size: 14px; line-height: 1.4; box-shadow: 0 2px 4px #0003 }
    `);
    expect(Object.entries(tokens).map(([group, members]) => [group, Object.keys(members)])).toEqual([
      ['color', ['brand', 'eeeeee']],
      ['spacing', ['8px', '16px']],
      ['radius', ['4px']],
      ['font-family', ['georgia']],
      ['font-size', ['14px']],
      ['line-height', ['1-4']],
      ['shadow', ['0-2px-4px']],
    ]);
  });

  it('normalises what has several notations', async () => {
    const { tokens } = await extract(`:root { --weight-a: bold; --weight-b: normal; --leading-a: 150%;
      --space-a: 12pt; --space-b: 1in; --space-c: 2.54cm; --breakpoint-a: 40em; --size-em: 2em }
      @media (min-width: 30em) { a { top: 0 } }`);
    const values = (group: string) =>
      Object.values(tokens[group] ?? {}).map((token) => (token as { $value: unknown }).$value);
    expect(values('font-weight')).toEqual([700, 400]);
    expect(values('line-height')).toEqual([1.5]);
    expect(values('spacing')).toEqual([px(16), px(96), px(96)]);
    expect(values('breakpoint')).toEqual([
      { value: 40, unit: 'rem' },
      { value: 30, unit: 'rem' },
    ]);
    expect(values('size')).toEqual([]);
  });

  it('finds breakpoints in both notations of media queries', async () => {
    const { tokens } = await extract(`@media (min-width: 48rem) { a { top: 0 } }
      @media screen and (40rem <= width < 64rem) { a { top: 0 } } @media (height > 1px) { a { top: 0 } }`);
    expect(Object.keys(tokens['breakpoint'] ?? {})).toEqual(['48rem', '40rem', '64rem']);
  });
});

describe('formats', () => {
  const css =
    ':root { --link: var(--blue); --blue: #00f; --shadow-sm: 0 1px 2px var(--blue); --font-a: "A B", serif }';

  it('writes CSS', async () => {
    expect((await extract(css, 'css')).content).toBe(
      [
        ':root {',
        '  --color-blue: #0000ff;',
        '  --font-family-a: "A B", serif;',
        '  --color-link: var(--color-blue);',
        '  --shadow-sm: 0px 1px 2px 0px var(--color-blue);',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('writes SCSS with every variable before its use', async () => {
    const { content } = await extract(css, 'scss');
    expect(content.indexOf('$color-blue: #0000ff;')).toBeLessThan(
      content.indexOf('$color-link: $color-blue;'),
    );
    expect(content.indexOf('$color-blue: #0000ff;')).toBeLessThan(content.indexOf('$shadow-sm: '));
  });

  it('writes the tokens as JSON by default', async () => {
    const { content, tokens } = await extract(css);
    expect(JSON.parse(content)).toEqual(tokens);
  });

  it('writes CSS that means the same tokens when it is read again', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}[a-z0-9]$/);
    const byte = fc.integer({ min: 0, max: 255 });
    const value = fc.oneof(
      fc.tuple(byte, byte, byte).map((rgb) => `rgb(${rgb.join(' ')})`),
      fc
        .tuple(byte, byte, byte, fc.integer({ min: 1, max: 99 }))
        .map(([r, g, b, a]) => `rgb(${r} ${g} ${b} / ${a}%)`),
      fc.integer({ min: 1, max: 999 }).map((n) => `${n / 4}px`),
      fc.integer({ min: 1, max: 999 }).map((n) => `${n / 8}rem`),
      fc.tuple(byte, byte).map(([x, y]) => `inset ${x}px -${y}px 3px tan`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, value, { minKeys: 1, maxKeys: 8, noNullPrototype: true }),
        async (properties) => {
          const declarations = Object.entries(properties).map(([key, text]) => `--${key}: ${text};`);
          const first = await extract(`:root { ${declarations.join(' ')} }`, 'css');
          const second = await extract(first.content, 'css');
          expect(second.content).toBe(first.content);
          expect(second.tokens).toEqual(first.tokens);
          expect(first.count).toBe(declarations.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('hostile style sheets', () => {
  it('passes over broken declarations with a warning, as browsers do', async () => {
    const { tokens, warnings } = await extract('a { color: ; padding: 4px } } b { margin: 8px');
    expect(Object.keys(tokens['spacing'] ?? {})).toEqual(['4px', '8px']);
    expect(warnings.join()).toMatch(/line 1, column/);
  });

  it.each([
    ['blocks', 'a{'.repeat(50_000)],
    ['functions', `a { width: ${'calc('.repeat(50_000)}`],
    ['brackets', '('.repeat(100_000)],
  ])('refuses %s nested without end', async (_name, css) => {
    const { status, error } = await callSkill(skill, { css });
    expect([status, error?.code]).toEqual([422, 'nested_too_deep']);
  });

  it('follows aliases as far as anybody would, and says where it stops', async () => {
    const links = Array.from({ length: 4_999 }, (_, i) => `--a${i}: var(--a${i + 1});`);
    const { count, skipped } = await extract(`:root { ${links.join('')} --a4999: red }`, 'scss');
    expect([count, skipped.length]).toEqual([33, 4967]);
    expect(skipped[0]?.reason).toBe('refers through more than 32 others');
  });

  it('refuses more tokens than a design system has', async () => {
    const colors = Array.from({ length: 8_001 }, (_, i) => `--c${i}: #${i.toString(16).padStart(6, '0')};`);
    const { status, error } = await callSkill(skill, { css: `:root { ${colors.join('')} }` });
    expect([status, error?.code]).toEqual([422, 'too_many_tokens']);
  });

  it('has no name that reaches a prototype or breaks the format', async () => {
    const css = String.raw`:root { --__proto__: red; --constructor: blue; --\$a\.b\{c\}: lime; --value: tan; --type: navy }`;
    const { tokens } = await extract(css);
    expect(Object.keys(tokens['color'] ?? {})).toEqual(['proto__', 'constructor', 'a-b-c', 'value', 'type']);
    const names = [...(await extract(css, 'css')).content.matchAll(/--color-([\w-]+): #/g)].map(
      ([, name]) => name,
    );
    expect(names).toEqual(['proto__', 'constructor', 'a-b-c', 'value', 'type']);
  });

  it('answers any text with tokens or a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (css) => {
        expect([200, 422]).toContain((await callSkill(skill, { css })).status);
      }),
      { numRuns: 200 },
    );
  });
});
