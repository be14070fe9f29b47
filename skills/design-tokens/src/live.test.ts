import { type LiveSkill, startSkill, startTestServer, type TestServer } from '@odoobo/skill-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What someone with a design system tries first, on the running service.
let skill: LiveSkill;
let site: TestServer;

beforeAll(async () => {
  site = await startTestServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<link rel=stylesheet href="http://127.0.0.1:9/a.css"><style>:root { --ink: red }</style>');
  });
  skill = await startSkill(new URL('main.ts', import.meta.url), {
    env: { DESIGN_TOKENS_ALLOWED_HOSTS: site.host },
  });
}, 60_000);

afterAll(() => Promise.all([skill.stop(), site.close()]));

interface Tokens {
  tokens: Record<string, Record<string, { $type: string; $value: unknown }>>;
  modes?: { condition: string; tokens: Tokens['tokens'] }[];
  count: number;
  skipped: { name: string; reason: string }[];
  warnings: string[];
}

async function extract(input: object): Promise<Tokens> {
  const { output, error } = await skill.call(input);
  expect(error).toBeUndefined();
  return output as Tokens;
}

const root = (declarations: string) => ({ css: `:root { ${declarations} }` });
const px = (value: number) => ({ value, unit: 'px' });
const size = (value: number) => ({ size: { a: { $type: 'dimension', $value: px(value) } } });
const hex = (value: string) => ({ color: { x: { $type: 'color', $value: { hex: value } } } });

describe('a theme of Tailwind 4', () => {
  it('keeps its tokens where it has keyframes inside', async () => {
    const { tokens, skipped } = await extract({
      css: `@theme default { --color-mint: #0fa; --animate-spin: spin 1s linear infinite;
        @keyframes spin { to { transform: rotate(360deg) } } --ease-in: cubic-bezier(0.4, 0, 1, 1); --radius-md: 6px }`,
    });
    expect(tokens).toMatchObject({ color: { mint: {} }, easing: { in: {} }, radius: { md: {} } });
    expect(skipped).toEqual([expect.objectContaining({ name: '--animate-spin' })]);
  });
});

it('loses one property to a blur, and not the sheet', async () => {
  const { tokens, skipped } = await extract(root('--filter: blur(4px); --brand: #0b62d6'));
  expect(tokens).toMatchObject({ color: { brand: {} } });
  expect(skipped).toMatchObject([{ name: '--filter', reason: expect.stringContaining('blur()') }]);
});

describe('the cascade', () => {
  it.each([
    ['the later rule', ':root { --a: 1px } :root { --a: 2px }'],
    ['what is in no layer', ':root { --a: 2px } @layer x { :root { --a: 1px } }'],
    ['the later layer', '@layer x, y; @layer y { html { --a: 2px } } @layer x { :root { --a: 1px } }'],
    ['what is important', ':root { --a: 2px !important } :root { --a: 1px }'],
    ['the more specific', ':root { --a: 2px } html { --a: 1px }'],
  ])('gives %s', async (_what, css) => {
    expect((await extract({ css })).tokens).toEqual(size(2));
  });

  it.each([
    ['a dark scheme', '@media (prefers-color-scheme: dark)'],
    ['a size of the window', '@media (min-width: 80rem)'],
    ['a theme', '[data-theme="dark"]'],
  ])('makes a mode of %s', async (_what, condition) => {
    const inside = condition.startsWith('@')
      ? `${condition} { :root { --a: 3px } }`
      : `${condition} { --a: 3px }`;
    const { tokens, modes } = await extract({ css: `:root { --a: 1px } ${inside}` });
    expect(tokens).toMatchObject(size(1));
    expect(modes).toMatchObject([{ tokens: size(3) }]);
  });

  it('takes no condition of @supports for a token', async () => {
    const { tokens, count } = await extract({
      css: '@supports (color: oklch(0 0 0)) and (padding: 7px) { :root { --a: 2px } }',
    });
    expect([tokens, count]).toEqual([size(2), 1]);
  });
});

it.each([
  ['duration', '--fast: 150ms'],
  ['cubicBezier', '--ease: cubic-bezier(0.4, 0, 0.2, 1)'],
  ['border', '--edge: 1px solid #0b62d6'],
  ['shadow', '--shadow-sm: 0 1px 2px #0003, inset 0 0 1px #000'],
  ['gradient', '--sky: linear-gradient(45deg, red, blue 80%)'],
  ['typography', '--heading: 600 1rem/1.5 Inter, sans-serif'],
  ['transition', '--fade: opacity 200ms ease-in'],
  ['fontWeight', '--font-weight-bold: bold'],
  ['fontFamily', '--font-sans: "Inter", sans-serif'],
  ['strokeStyle', '--border-style: dashed'],
  ['number', '--opacity: 0.5'],
])('makes a %s of %s', async ($type, declaration) => {
  const { tokens } = await extract(root(declaration));
  expect(Object.values(tokens).flatMap((group) => Object.values(group))).toMatchObject([{ $type }]);
});

describe('a value that has to be computed', () => {
  it.each([
    ['a fallback', 'var(--none, #ff8000)', '#ff8000'],
    ['light-dark()', 'light-dark(#ff8000, blue)', '#ff8000'],
    ['color-mix()', 'color-mix(in srgb, red 25%, blue)', '#4000bf'],
    ['a relative colour', 'rgb(from #0b62d6 r g b / 25%)', '#0b62d6'],
    ['channels in a property', 'rgb(var(--x-rgb))', '#0b62d6'],
  ])('is %s', async (_what, value, color) => {
    const { tokens } = await extract(root(`--x: ${value}; --x-rgb: 11, 98, 214`));
    expect(tokens).toMatchObject(hex(color));
  });

  it('is calc(), also of other properties', async () => {
    const { tokens } = await extract(root('--base: 8px; --a: calc(var(--base) * 2 + 1px)'));
    expect(tokens).toMatchObject(size(17));
  });

  it('is the initial value of @property', async () => {
    const css = '@property --a { syntax: "<length>"; inherits: true; initial-value: 4px }';
    expect((await extract({ css })).tokens).toEqual(size(4));
  });

  it('has the other scheme as a mode', async () => {
    const { modes } = await extract(root('--x: light-dark(#ff8000, blue)'));
    expect(modes).toMatchObject([{ tokens: hex('#0000ff') }]);
  });
});

it('makes of every custom property of a large sheet a token, or names it with the reason', async () => {
  const rules = Array.from(
    { length: 16_000 },
    (_, i) => `.c${i} { color: var(--c${i % 400}); padding: 4px }`,
  );
  const properties = Array.from(
    { length: 400 },
    (_, i) => `--c${i}: hsl(${i} 50% 50%); --f${i}: blur(${i}px);`,
  );
  const css = `:root { ${properties.join('')} } ${rules.join(`/* ${'-'.repeat(30)} */\n`)}`;
  expect(css.length).toBeGreaterThan(1_150_000);
  const { tokens, skipped } = await extract({ css });
  expect([Object.keys(tokens['color'] ?? {}).length, skipped.length]).toEqual([400, 400]);
});

describe('what does harm elsewhere', () => {
  it.each([
    ['blocks without end', { css: 'a{'.repeat(500_000) }, 422, 'nested_too_deep'],
    ['more than a request may have', { css: ';'.repeat(4 * 1024 * 1024) }, 413, 'payload_too_large'],
    ['an address of this machine', { url: 'http://127.0.0.1:9/' }, 403, 'address_not_allowed'],
  ])('is %s, and is refused', async (_what, input, status, code) => {
    const { status: answered, error } = await skill.call(input);
    expect([answered, error?.code]).toEqual([status, code]);
  });

  it('is a chain of properties that doubles, and ends', async () => {
    const doubled = Array.from({ length: 40 }, (_, i) => `--a${i + 1}: var(--a${i}) var(--a${i});`);
    expect((await extract(root(`--a0: 1px; ${doubled.join('')}`))).count).toBe(1);
  });

  it('is a sheet of this machine that a page links, and is named with the variable and the port', async () => {
    const { tokens, warnings } = await extract({ url: site.url });
    expect(tokens).toMatchObject({ color: { ink: {} } });
    expect(warnings).toEqual([expect.stringContaining('add "127.0.0.1:9" to DESIGN_TOKENS_ALLOWED_HOSTS')]);
  });
});
