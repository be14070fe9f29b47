import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skill } from './skill.js';

async function extract(css: string, format?: 'css' | 'scss') {
  const { status, output, error } = await callSkill(skill, { css: `:root { ${css} }`, format });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

/** The token that `--x` is. */
async function tokenOf(value: string, name = 'x', more = '') {
  const { tokens } = await extract(`--${name}: ${value}; ${more}`);
  const [first] = Object.values(tokens).flatMap((group) => Object.values(group));
  return first as { $type: string; $value: unknown; $extensions?: unknown } | undefined;
}

const px = (value: number) => ({ value, unit: 'px' });
const color = (hex: string) => expect.objectContaining({ hex }) as object;

describe('every type of the format', () => {
  it.each([
    ['x', '150ms', 'duration', { value: 150, unit: 'ms' }],
    ['x', '0.2s', 'duration', { value: 0.2, unit: 's' }],
    ['x', 'ease-in-out', 'cubicBezier', [0.42, 0, 0.58, 1]],
    ['x', 'cubic-bezier(0.4, 0, 0.2, 1.5)', 'cubicBezier', [0.4, 0, 0.2, 1.5]],
    ['border-style', 'dashed', 'strokeStyle', 'dashed'],
    ['opacity', '0', 'number', 0],
    ['font-mono', '"Fira Code", monospace', 'fontFamily', ['Fira Code', 'monospace']],
    ['sans', 'Inter, sans-serif', 'fontFamily', ['Inter', 'sans-serif']],
    ['weight', 'bold', 'fontWeight', 700],
    ['x', 'solid 1px red', 'border', { color: color('#ff0000'), width: px(1), style: 'solid' }],
    [
      'x',
      'opacity 200ms ease-in 50ms',
      'transition',
      {
        duration: { value: 200, unit: 'ms' },
        delay: { value: 50, unit: 'ms' },
        timingFunction: [0.42, 0, 1, 1],
      },
    ],
    [
      'x',
      '0.2s ease',
      'transition',
      {
        duration: { value: 0.2, unit: 's' },
        delay: { value: 0, unit: 'ms' },
        timingFunction: [0.25, 0.1, 0.25, 1],
      },
    ],
    [
      'x',
      'linear-gradient(45deg, red, lime, blue 80%)',
      'gradient',
      [
        { color: color('#ff0000'), position: 0 },
        { color: color('#00ff00'), position: 0.4 },
        { color: color('#0000ff'), position: 0.8 },
      ],
    ],
    [
      'x',
      'radial-gradient(red 10% 30%, blue 20%)',
      'gradient',
      [
        { color: color('#ff0000'), position: 0.1 },
        { color: color('#ff0000'), position: 0.3 },
        { color: color('#0000ff'), position: 0.3 },
      ],
    ],
    [
      'x',
      'italic 600 1rem/1.5 Inter, sans-serif',
      'typography',
      {
        fontFamily: ['Inter', 'sans-serif'],
        fontSize: { value: 1, unit: 'rem' },
        fontWeight: 600,
        letterSpacing: px(0),
        lineHeight: 1.5,
      },
    ],
    [
      'x',
      '16px/24px "Inter"',
      'typography',
      { fontFamily: ['Inter'], fontSize: px(16), fontWeight: 400, letterSpacing: px(0), lineHeight: 1.5 },
    ],
  ])('reads --%s: %s as %s', async (name, value, $type, $value) => {
    expect(await tokenOf(value, name)).toMatchObject({ $type, $value });
  });

  it.each([
    ['font-style', 'italic'],
    ['font-size-adjust', 'none'],
    ['outline', '2px auto'],
    ['animation', 'fade 1s'],
    ['curve', 'cubic-bezier(2, 0, 1, 1)'],
    ['two', 'opacity 1s, color 1s'],
    ['constructor', 'constructor'],
  ])('makes nothing of --%s: %s', async (name, value) => {
    expect(await tokenOf(value, name)).toBeUndefined();
  });

  it('keeps what the type has no place for as an extension, and writes it', async () => {
    const css = '--x: linear-gradient(45deg, red, blue); --y: opacity 1s ease; --z: italic 1rem serif';
    const { tokens, content } = await extract(css, 'css');
    expect(tokens['gradient']?.['x']).toMatchObject({
      $extensions: { 'com.odoobo.design-tokens': { css: 'linear-gradient(45deg, red, blue)' } },
    });
    expect(content).toContain('  --gradient-x: linear-gradient(45deg, red, blue);');
    expect(content).toContain('  --transition-y: opacity 1s ease;');
    expect(content).toContain('  --typography-z: italic 1rem serif;');
  });

  it('makes aliases of the parts of a value that are tokens', async () => {
    const { tokens, content } = await extract(
      `--ink: #123456; --w: 2px; --line: solid; --t: 1s; --ring: 0 0 0 var(--w) var(--ink); --edge: var(--w) var(--line-style) var(--ink);
       --line-style: dotted; --fade: opacity var(--t) ease; --sky: linear-gradient(var(--ink), white)`,
      'scss',
    );
    expect(tokens['shadow']?.['ring']).toMatchObject({
      $value: [{ color: '{color.ink}', spread: '{size.w}' }],
    });
    expect(tokens['border']?.['edge']).toMatchObject({
      $value: { color: '{color.ink}', width: '{size.w}', style: '{border-style.line-style}' },
    });
    expect(tokens['transition']?.['fade']).toMatchObject({ $value: { duration: '{duration.t}' } });
    expect(tokens['gradient']?.['sky']).toMatchObject({ $value: [{ color: '{color.ink}' }, {}] });
    expect(content).toContain('$border-edge: $size-w $border-style-line-style $color-ink;');
    expect(content).toContain('$shadow-ring: 0px 0px 0px $size-w $color-ink;');
  });

  it('makes no alias of a token of another type', async () => {
    const { tokens } = await extract('--n: 700; --font-weight-bold: var(--n)');
    expect(tokens['font-weight']).toEqual({ bold: { $type: 'fontWeight', $value: 700 } });
  });
});

describe('computed values', () => {
  it.each([
    ['var(--none, 4px)', px(4)],
    ['var(--none, var(--also-none, 4px))', px(4)],
    ['var(--base, 4px)', '{size.base}'],
    ['calc(var(--base) * 2 + 1px)', px(17)],
    ['calc(1rem / 4)', { value: 0.25, unit: 'rem' }],
    ['clamp(1px, 8px, 4px)', px(4)],
    ['max(1px, var(--base))', px(8)],
    ['round(13px, 5px)', px(15)],
    ['calc(pow(1.5, 2) * 1rem)', { value: 2.25, unit: 'rem' }],
  ])('reads the length %s', async (value, $value) => {
    expect(await tokenOf(value, 'x', '--base: 8px')).toEqual({ $type: 'dimension', $value });
  });

  it.each([
    ['rgb(var(--channels))', [0.0431, 0.3843, 0.8392], undefined],
    ['rgba(var(--channels), var(--alpha))', [0.0431, 0.3843, 0.8392], 0.5],
    ['rgb(from #0b62d6 r g b / 25%)', [0.0431, 0.3843, 0.8392], 0.25],
    ['color-mix(in srgb, red 25%, blue)', [0.25, 0, 0.75], undefined],
    ['color-mix(in srgb, #f00 40%, transparent)', [1, 0, 0], 0.4],
    ['hsl(from #f00 h s calc(l / 2))', [0.5, 0, 0], undefined],
    ['hwb(120 0% 50%)', [0, 0.5, 0], undefined],
    ['rgb(300 -5 0)', [1, 0, 0], undefined],
    ['hsl(0 0% -20%)', [0, 0, 0], undefined],
    ['light-dark(red, blue)', [1, 0, 0], undefined],
  ])('reads the colour %s', async (value, components, alpha) => {
    const token = await tokenOf(value, 'x', '--channels: 11, 98, 214; --alpha: 50%');
    expect(token).toMatchObject({ $type: 'color', $value: { colorSpace: 'srgb', components } });
    expect((token?.$value as { alpha?: number }).alpha).toBe(alpha);
  });

  it.each([
    ['color(a98-rgb 0.5 0.25 1)', { colorSpace: 'a98-rgb', components: [0.5, 0.25, 1] }],
    ['color(xyz 0.1 0.2 0.3)', { colorSpace: 'xyz-d65', components: [0.1, 0.2, 0.3] }],
    ['color-mix(in oklch, red, blue)', { colorSpace: 'oklch', components: [0.54, 0.2854, 326.643] }],
    ['lab(50% 20 -30)', { colorSpace: 'lab', components: [50, 20, -30] }],
    ['oklch(0.5 0.1 -90)', { colorSpace: 'oklch', components: [0.5, 0.1, 270] }],
  ])('keeps the space of %s', async (value, $value) => {
    expect(await tokenOf(value)).toMatchObject({ $value });
  });

  it('says a colour outside of sRGB in a space that has it', async () => {
    expect(await tokenOf('color(srgb 1.2 0 0)')).toMatchObject({
      $value: { colorSpace: 'oklch', hex: '#ff0000' },
    });
  });

  it('writes every colour so that it is read as the same', async () => {
    const channel = fc.integer({ min: 0, max: 100 });
    const space = fc.constantFrom('srgb', 'srgb-linear', 'display-p3', 'a98-rgb', 'rec2020', 'xyz-d50');
    await fc.assert(
      fc.asyncProperty(space, channel, channel, channel, channel, async (name, r, g, b, alpha) => {
        const first = await extract(
          `--x: color(${name} ${r / 100} ${g / 100} ${b / 100} / ${alpha}%)`,
          'css',
        );
        const { output } = await callSkill(skill, { css: first.content });
        expect(output?.tokens).toEqual(first.tokens);
      }),
      { numRuns: 50 },
    );
  });
});

describe('hostile values', () => {
  it.each([
    ['doubles', Array.from({ length: 40 }, (_, i) => `--a${i + 1}: var(--a${i}) var(--a${i});`).join('')],
    [
      'doubles in fallbacks',
      Array.from({ length: 30 }, (_, i) => `--a${i + 1}: var(--x, var(--a${i}) var(--a${i}));`).join(''),
    ],
    [
      'refers in circles to all',
      Array.from(
        { length: 300 },
        (_, i) => `--a${i}: ${Array.from({ length: 300 }, (_, k) => `var(--a${k})`).join(' ')};`,
      ).join(''),
    ],
    [
      'nests calculations',
      Array.from(
        { length: 31 },
        (_, i) => `--a${i + 1}: ${'calc(1px + '.repeat(20)}var(--a${i})${')'.repeat(20)};`,
      ).join(''),
    ],
    ['has a gradient of thousands', `--x: linear-gradient(${'red,'.repeat(50_000)} blue)`],
    ['mixes colours within colours', `--x: ${'color-mix(in oklab, red, '.repeat(90)}blue${')'.repeat(90)}`],
    ['has no end', '--a: var(--b, var(--c, calc(1px + (2px'],
    ['refers to no name', '--a: var(); --b: var(,1px); --c: var(--); --d: light-dark(); --e: light-dark(,)'],
    [
      'has a thousand resets',
      Array.from({ length: 1_000 }, (_, i) => `--c${i}-*: initial; --c${i}-x: red;`).join(''),
    ],
  ])('that %s are answered soon', async (_what, css) => {
    const { status, output } = await callSkill(skill, { css: `:root { --a0: 1px; ${css} }` });
    expect([status, JSON.stringify(output).length < 4_000_000]).toEqual([200, true]);
  });
});
