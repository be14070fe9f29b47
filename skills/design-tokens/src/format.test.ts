import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { skill } from './skill.js';

/** What the 2025.10 format and its colour module allow as a value (https://www.designtokens.org/tr/2025.10/format/). */
const alias = z.string().regex(/^\{[^{}]+\}$/);
const share = z.number().min(0).max(1);
const hue = z.number().min(0).lt(360);
const unbounded = z.number();
const rgb = z.tuple([share, share, share]);
const components: Record<string, z.ZodType> = {
  srgb: rgb,
  'srgb-linear': rgb,
  'display-p3': rgb,
  'a98-rgb': rgb,
  'prophoto-rgb': rgb,
  rec2020: rgb,
  'xyz-d65': z.tuple([unbounded, unbounded, unbounded]),
  'xyz-d50': z.tuple([unbounded, unbounded, unbounded]),
  lab: z.tuple([z.number().min(0).max(100), unbounded, unbounded]),
  lch: z.tuple([z.number().min(0).max(100), z.number().min(0), hue]),
  oklab: z.tuple([share, unbounded, unbounded]),
  oklch: z.tuple([share, z.number().min(0), hue]),
};
const color = z
  .strictObject({
    colorSpace: z.string(),
    components: z.unknown(),
    alpha: share.optional(),
    hex: z.string().regex(/^#[0-9a-f]{6}$/),
  })
  .refine((value) => components[value.colorSpace]?.safeParse(value.components).success);
const orAlias = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, alias]);
const dimension = z.strictObject({ value: z.number(), unit: z.enum(['px', 'rem']) });
const duration = z.strictObject({ value: z.number(), unit: z.enum(['ms', 's']) });
const fontWeight = z.number().min(1).max(1000);
const fontFamily = z.array(z.string()).min(1);
const cubicBezier = z.tuple([share, z.number(), share, z.number()]);
const strokeStyle = z.enum(['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'outset', 'inset']);
const layer = z.strictObject({
  color: orAlias(color),
  offsetX: orAlias(dimension),
  offsetY: orAlias(dimension),
  blur: orAlias(dimension),
  spread: orAlias(dimension),
  inset: z.boolean().optional(),
});
const values: Record<string, z.ZodType> = {
  color,
  dimension,
  duration,
  fontWeight,
  fontFamily,
  cubicBezier,
  strokeStyle,
  number: z.number(),
  shadow: z.array(layer).min(1),
  border: z.strictObject({ color: orAlias(color), width: orAlias(dimension), style: orAlias(strokeStyle) }),
  transition: z.strictObject({
    duration: orAlias(duration),
    delay: orAlias(duration),
    timingFunction: orAlias(cubicBezier),
  }),
  gradient: z.array(z.strictObject({ color: orAlias(color), position: share })).min(1),
  typography: z.strictObject({
    fontFamily: orAlias(fontFamily),
    fontSize: orAlias(dimension),
    fontWeight: orAlias(fontWeight),
    letterSpacing: dimension,
    lineHeight: z.number(),
  }),
};
const token = z
  .strictObject({
    $type: z.string(),
    $value: z.unknown(),
    $extensions: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ $type, $value }) => values[$type] && orAlias(values[$type]).safeParse($value).success);
const groups = z.record(z.string(), z.record(z.string().regex(/^[^$.{}][^.{}]*$/), token));

type Tokens = Record<string, Record<string, { $type: string; $value: unknown }>>;

/** Every alias leads to a token of the type that its place wants. */
function brokenAliases(tokens: Tokens, base: Tokens): string[] {
  return Object.values(tokens).flatMap((group) =>
    Object.entries(group).flatMap(([name, { $type, $value }]) => {
      const target = typeof $value === 'string' ? /^\{([^.]+)\.(.+)\}$/.exec($value) : undefined;
      if (!target) return [];
      const [, category = '', path = ''] = target;
      const found = tokens[category]?.[path] ?? base[category]?.[path];
      return found?.$type === $type ? [] : [name];
    }),
  );
}

it('is that of the community group, in the tokens and in each mode, whatever the values', async () => {
  const value = fc.constantFrom(
    ...[
      '#fff',
      'rgb(300 -5 0 / 2)',
      'hsl(-90 200% 150%)',
      'color(srgb 1.4 -1 0)',
      'color(display-p3 2 0 0)',
      'lab(150 200 -200)',
    ],
    ...[
      'lch(50 30 -10)',
      'oklch(none none none)',
      'color-mix(in hsl, red, lime)',
      'rgb(from lime r calc(g * 2) b)',
      'transparent',
    ],
    ...[
      '4px',
      '-0.5rem',
      '0',
      '1.5',
      '12pt',
      '200ms',
      '1s',
      '50%',
      'ease',
      'cubic-bezier(0.1, -2, 1, 3)',
      'solid',
      'bold',
      'inset',
    ],
    ...[
      '0 1px 2px var(--a)',
      'inset 0 0 var(--b) red',
      '1px solid var(--a)',
      'var(--a) dashed var(--b)',
      'opacity var(--c) ease',
    ],
    ...[
      'linear-gradient(var(--a), blue 20%, red -5%)',
      'italic 700 var(--b)/1.2 "A", serif',
      '16px/24px serif',
      '"A", b, sans-serif',
    ],
    ...[
      'var(--a)',
      'var(--b)',
      'var(--c, 1px)',
      'var(--none, red)',
      'calc(var(--b) * 2)',
      'light-dark(var(--a), #111)',
      'initial',
      '',
    ],
  );
  const name = fc.constantFrom(
    'a',
    'b',
    'c',
    'font-weight-x',
    'line-height-y',
    'font-z',
    'border-style-w',
    'opacity',
  );
  const rule = fc.tuple(fc.constantFrom(':root', '.dark', '.card', '@theme'), name, value);
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 12 }), async (rules) => {
      const css = rules
        .map(([selector, property, text]) => `${selector} { --${property}: ${text} }`)
        .join('\n');
      const { output, error } = await callSkill(skill, { css });
      if (!output) throw new Error(error?.message);
      const base = output.tokens as Tokens;
      for (const tokens of [base, ...(output.modes ?? []).map((mode) => mode.tokens as Tokens)]) {
        expect(groups.safeParse(tokens).error?.issues ?? [], css).toEqual([]);
        expect(brokenAliases(tokens, base)).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});
