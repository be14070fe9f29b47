import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skill } from './skill.js';

async function extract(css: string) {
  const { status, output, error } = await callSkill(skill, { css });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

/** The value in px of `--a`. */
async function a(css: string) {
  const { tokens } = await extract(css);
  return (tokens['size']?.['a'] as { $value: { value: number } } | undefined)?.$value.value;
}

describe('the cascade', () => {
  it.each([
    ['the later', ':root { --a: 1px } :root { --a: 2px }', 2],
    ['the later within a rule', ':root { --a: 1px; --a: 2px }', 2],
    ['the more specific', ':root { --a: 2px } html { --a: 1px }', 2],
    ['the important', ':root { --a: 2px !important } :root { --a: 1px }', 2],
    ['that in no layer', ':root { --a: 2px } @layer x { :root { --a: 1px } }', 2],
    [
      'that of the later layer',
      '@layer x, y; @layer y { html { --a: 2px } } @layer x { :root { --a: 1px } }',
      2,
    ],
    [
      'the important of the earlier layer',
      `@layer x { :root { --a: 2px !important } } @layer y { :root { --a: 1px !important } }`,
      2,
    ],
    ['the outer layer over its inner', '@layer x { :root { --a: 2px } @layer y { :root { --a: 1px } } }', 2],
    [
      'that of an unnamed layer after a named',
      '@layer x { :root { --a: 1px } } @layer { :root { --a: 2px } }',
      2,
    ],
    ['that of a screen', ':root { --a: 1px } @media screen { :root { --a: 2px } }', 2],
    [
      'that of the light scheme',
      ':root { --a: 1px } @media (prefers-color-scheme: light) { :root { --a: 2px } }',
      2,
    ],
    [
      'that for browsers of today',
      ':root { --a: 1px } @supports (color: oklch(0 0 0)) { :root { --a: 2px } }',
      2,
    ],
    [
      'not that for old browsers',
      ':root { --a: 2px } @supports not (display: grid) { :root { --a: 1px } }',
      2,
    ],
    ['that of what the root is not', ':root { --a: 1px } :root:not([data-theme=dark], .x) { --a: 2px }', 2],
    ['that of a list with the root in it', '.x { --a: 1px } [data-theme=light], :root { --a: 2px }', 2],
    ['that in :where() less', ':root { --a: 2px } :where(:root) { --a: 1px }', 2],
    ['that of the page, not that of a component,', ':root { --a: 2px } :host { --a: 1px }', 2],
    ['that of a component where there is no other', ':host { --a: 2px }', 2],
    ['that of a nested rule', ':root { --a: 1px; & { --a: 2px } }', 2],
    ['that of a nested media query', ':root { @media screen { --a: 2px } } html { --a: 1px }', 2],
    ['the valid one', ':root { --a: 2px; --a: ) } <x> { --a: 1px }', 2],
  ])('%s counts', async (_what, css, value) => {
    expect(await a(css)).toBe(value);
  });

  it('names what is overridden, and where a part of the page differs', async () => {
    const { skipped } = await extract(':root { --a: 1px } .card { --a: 3px } :root { --a: 2px }');
    expect(skipped).toEqual([
      { name: '--a', value: '1px', reason: 'is overridden by 2px' },
      { name: '--a', value: '3px', reason: 'has this value in a part of the page; the token is 2px' },
    ]);
  });

  it('makes no token of a condition, a step of an animation or a font', async () => {
    const { count, skipped } = await extract(`@supports (color: rgb(from red r g b)) { a { top: 0 } }
      @keyframes x { from { --a: 1px } } @font-face { --b: 1px } @property --c { syntax: "<color>"; inherits: true }`);
    expect([count, skipped.map(({ reason }) => reason)]).toEqual([
      0,
      ['is set in @keyframes', 'is set in @font-face'],
    ]);
  });

  it('takes the initial value of @property where nothing sets the property', async () => {
    const css = `@property --a { syntax: "<length>"; inherits: false; initial-value: 2px }
      @property --b { syntax: "<length>"; inherits: false; initial-value: 2px } :root { --b: 3px }`;
    expect((await extract(css)).tokens['size']).toMatchObject({
      a: { $value: { value: 2 } },
      b: { $value: { value: 3 } },
    });
  });

  it('is the same for every order of layers and rules as for a list of all', async () => {
    const rule = fc.record({
      layer: fc.constantFrom('', 'x', 'y'),
      selector: fc.constantFrom(':root', 'html'),
      value: fc.integer({ min: 1, max: 99 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 6 }), async (rules) => {
        const css = rules.map(({ layer, selector, value }) => {
          const text = `${selector} { --a: ${value}px }`;
          return layer === '' ? text : `@layer ${layer} { ${text} }`;
        });
        const rank = ({ layer, selector }: (typeof rules)[number]) =>
          ['x', 'y', ''].indexOf(layer) * 2 + Number(selector === ':root');
        const best = Math.max(...rules.map(rank));
        const winner = rules.findLast((each) => rank(each) === best);
        expect(await a(`@layer x, y; ${css.join(' ')}`)).toBe(winner?.value);
      }),
      { numRuns: 50 },
    );
  });
});

describe('modes', () => {
  it('are what themes, settings and sizes of the window change, at the same paths', async () => {
    const { tokens, modes, skipped } = await extract(`
      .dark { --paper: black } :root { --paper: white; --space-m: 8px; --space-l: calc(var(--space-m) * 2); --sheet: var(--paper) }
      @media (prefers-color-scheme: dark) { :root:not([data-theme]) { --paper: #111 } }
      @media (min-width: 40rem) { :root { --space-m: 12px } } @media print { :root { --paper: ivory } }`);
    expect(tokens['color']).toMatchObject({
      paper: { $value: { hex: '#ffffff' } },
      sheet: { $value: '{color.paper}' },
    });
    expect(modes).toMatchObject([
      { name: 'dark', condition: '.dark', tokens: { color: { paper: { $value: { hex: '#000000' } } } } },
      {
        name: 'dark-2',
        condition: '@media (prefers-color-scheme: dark)',
        tokens: { color: { paper: { $value: { hex: '#111111' } } } },
      },
      {
        name: 'min-width-40rem',
        tokens: {
          spacing: { m: { $value: { value: 12, unit: 'px' } }, l: { $value: { value: 24, unit: 'px' } } },
        },
      },
      { name: 'print', tokens: { color: { paper: { $value: { hex: '#fffff0' } } } } },
    ]);
    expect(skipped).toEqual([]);
  });

  it('have what light-dark() is in the dark', async () => {
    const css =
      ':root { --paper: light-dark(white, black); --ink: light-dark(var(--paper), #333); --sheet: var(--paper) }';
    const { tokens, modes } = await extract(css);
    expect(tokens['color']).toMatchObject({
      paper: { $value: { hex: '#ffffff' } },
      ink: { $value: { hex: '#ffffff' } },
    });
    expect(modes).toMatchObject([
      {
        name: 'color-scheme-dark',
        tokens: { color: { paper: { $value: { hex: '#000000' } }, ink: { $value: { hex: '#333333' } } } },
      },
    ]);
    expect(Object.keys(modes?.[0]?.tokens['color'] ?? {})).toEqual(['paper', 'ink']);
  });

  it('are themes of components too', async () => {
    const { tokens, modes } = await extract(':root, :host { --a: 1px } :host, .sl-theme-dark { --a: 2px }');
    expect(tokens['size']).toMatchObject({ a: { $value: { value: 1 } } });
    expect(modes).toMatchObject([
      { name: 'sl-theme-dark', tokens: { size: { a: { $value: { value: 2 } } } } },
    ]);
  });

  it('lose to what comes later for everyone, and are not parts of a page', async () => {
    const { modes, skipped } =
      await extract(`@media (min-width: 9px) { :root { --a: 1px } } :root { --a: 2px }
      .navbar.dark { --a: 3px } .btn-dark { --a: 4px }`);
    expect(modes).toBeUndefined();
    expect(skipped.map(({ value }) => value)).toEqual(['3px', '4px', '1px']);
  });

  it('are bounded', async () => {
    const themes = Array.from(
      { length: 300 },
      (_, i) => `[data-theme=t${i}] { ${'--a: red; --b: blue;'} }`,
    ).join('');
    const many = Array.from({ length: 100 }, (_, i) => `--c${i}: calc(var(--n) * ${i});`).join('');
    const changes = Array.from({ length: 300 }, (_, i) => `[data-scale=s${i}] { --n: ${i}px }`).join('');
    const { modes, warnings } = await extract(`${themes} :root { --n: 1px; ${many} } ${changes}`);
    expect(modes?.length).toBeLessThan(600);
    expect(warnings).toEqual(['values in modes beyond the first 20000 were skipped']);
  });
});
