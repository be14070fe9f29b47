import { callSkill } from '@odoobo/skill-kit/testing';
import { expect, it } from 'vitest';
import { skill } from './skill.js';

async function extract(tailwind: object) {
  const { status, output, error } = await callSkill(skill, { tailwind });
  if (!output) throw new Error(`${status}: ${error?.message}`);
  return output;
}

it('reads every section of a theme that holds tokens', async () => {
  const { tokens, skipped } = await extract({
    colors: { white: '#fff', brand: { DEFAULT: 'rgb(11 98 214)', 500: '#0b62d6', dark: { hover: 'navy' } } },
    spacing: { 0: '0px', 4: '1rem', 'x.5': '2px' },
    borderRadius: { DEFAULT: '0.25rem', lg: '8px' },
    fontFamily: { sans: ['Inter', 'ui-sans-serif', '"Segoe UI"'], mono: 'Menlo, monospace' },
    fontSize: { sm: '14px', lg: ['1.125rem', '1.75'], xl: ['20px', { lineHeight: '28px', fontWeight: 600 }] },
    fontWeight: { bold: 700 },
    lineHeight: { tight: '125%' },
    boxShadow: { sm: '0 1px 2px 0 rgb(0 0 0 / 0.05)' },
    screens: { md: '768px', lg: { min: '64em' } },
    extend: { colors: { accent: 'tomato', white: '#fafafa' } },
    plugins: ['ignored'],
  });
  const names = Object.entries(tokens).map(([group, members]) => [group, Object.keys(members)]);
  expect(names).toEqual([
    ['color', ['white', 'brand-500', 'brand', 'brand-dark-hover', 'accent']],
    ['spacing', ['0', '4', 'x-5']],
    ['radius', ['default', 'lg']],
    ['font-family', ['sans', 'mono']],
    ['font-size', ['sm', 'lg', 'xl']],
    ['font-weight', ['text-xl-font-weight', 'bold']],
    ['line-height', ['text-lg-line-height', 'text-xl-line-height', 'tight']],
    ['shadow', ['sm']],
    ['breakpoint', ['md', 'lg']],
  ]);
  expect(tokens['color']?.['white']).toMatchObject({ $value: { hex: '#fafafa' } });
  expect(tokens['font-family']?.['sans']).toMatchObject({ $value: ['Inter', 'ui-sans-serif', 'Segoe UI'] });
  expect(tokens['breakpoint']?.['lg']).toMatchObject({ $value: { value: 64, unit: 'rem' } });
  expect(skipped).toEqual([]);
});

it('reads the theme of Tailwind 4 from its style sheet', async () => {
  const css = `@import 'tailwindcss';
    @theme default { --color-old: red; --radius-md: 4px }
    @theme { --color-*: initial; --color-mint: oklch(0.72 0.11 178); --radius-md: 6px; --breakpoint-3xl: 120rem;
      --animate-spin: spin 1s linear infinite;
      @keyframes spin { from { --color-step: red } to { transform: rotate(360deg) } }
      --ease-out: cubic-bezier(0, 0, 0.2, 1); --font-sans: ui-sans-serif, "Noto Color Emoji";
      --default-font-family: --theme(--font-sans, initial); --default-feature: --theme(--font-feature, initial) }`;
  const { output } = await callSkill(skill, { css });
  expect(output?.tokens).toMatchObject({
    color: { mint: {} },
    radius: { md: { $value: { value: 6, unit: 'px' } } },
    breakpoint: { '3xl': {} },
    easing: { out: { $type: 'cubicBezier', $value: [0, 0, 0.2, 1] } },
    'font-family': { 'default-font-family': { $type: 'fontFamily', $value: '{font-family.sans}' } },
  });
  expect(Object.keys(output?.tokens['color'] ?? {})).toEqual(['mint']);
  expect(Object.fromEntries(output?.skipped.map(({ name, reason }) => [name, reason]) ?? [])).toEqual({
    '--color-old': 'is removed by --color-*',
    '--color-step': 'is set in @keyframes',
    '--radius-md': 'is overridden by 6px',
    '--animate-spin': 'is a list of values, which the format has no type for',
    '--default-feature': 'is the keyword initial, which the format has no type for',
  });
});

it('gives way to what is in no layer, and wins over what is in one before it', async () => {
  const css = `@layer theme, base; @theme { --a: 1px; --b: 1px } :root { --a: 2px } @layer base { :root { --b: 3px } }`;
  const { output } = await callSkill(skill, { css });
  expect(output?.tokens['size']).toMatchObject({ a: { $value: { value: 2 } }, b: { $value: { value: 3 } } });
});

it('says of a value why it is not a token, and escapes each', async () => {
  const { tokens, skipped } = await extract({
    colors: {
      a: 'rgb(var(--a) / <alpha-value>)',
      b: 'red; } body { color: blue',
      c: 'red',
      d: null,
      e: true,
    },
  });
  expect(Object.keys(tokens['color'] ?? {})).toEqual(['c']);
  expect(skipped.map(({ name }) => name)).toEqual(['--color-a', '--color-b']);
});

it('answers a theme of any shape with tokens or a reason', async () => {
  const odd = [
    {},
    { colors: [] },
    { colors: { a: [[[]]] } },
    { fontSize: { a: [] } },
    { screens: { a: { min: {} } } },
  ];
  const deep = { colors: { a: 'calc('.repeat(5_000) } };
  for (const tailwind of [...odd, deep, { extend: 'x' }, { colors: { __proto: { $value: '#fff' } } }]) {
    expect([200, 422]).toContain((await callSkill(skill, { tailwind })).status);
  }
});

it.each([
  ['none', {}],
  ['two', { css: 'a{}', tailwind: {} }],
])('wants one source, and not %s', async (_what, input) => {
  const { status, error } = await callSkill(skill, input);
  expect([status, error?.details?.[0]?.message]).toEqual([400, 'give one of css, tailwind and url']);
});
