import * as z from 'zod';

const source = {
  css: z.string().min(1).optional().meta({ description: 'A style sheet, including a Tailwind 4 theme' }),
  tailwind: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'The `theme` of a Tailwind 3 configuration, as JSON' }),
  url: z
    .string()
    .min(1)
    .max(2000)
    .optional()
    .meta({ description: 'A page with its style sheets, or a style sheet', format: 'uri' }),
};

const one = 'give one of css, tailwind and url';

function isOne({ css, tailwind, url }: Source): boolean {
  return [css, tailwind, url].filter((given) => given !== undefined).length === 1;
}

export const inputSchema = z
  .strictObject({
    ...source,
    format: z.enum(['json', 'css', 'scss']).default('json').meta({ description: 'The format of `content`' }),
    baseline: z
      .strictObject(source)
      .refine(isOne, one)
      .optional()
      .meta({ description: 'Another source to compare with' }),
  })
  .refine(isOne, one);

const skippedSchema = z.object({ name: z.string(), value: z.string(), reason: z.string() });

const nearDuplicateSchema = z.object({
  tokens: z.array(z.string()).length(2).meta({ description: 'For example ["color.brand", "color.link"]' }),
  difference: z.number().meta({
    description: 'For colours in OKLab, where 0.02 is just noticeable; for lengths in px, with 16 px per rem',
  }),
});

const comparisonSchema = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  renamed: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .meta({ description: 'Exactly one removed and one added token have the same value' }),
  changed: z.array(z.object({ token: z.string(), from: z.unknown(), to: z.unknown() })),
  unchanged: z.int(),
});

const tokensSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

const modeSchema = z.object({
  name: z.string(),
  condition: z.string().meta({ description: 'For example `@media (prefers-color-scheme: dark)` or `.dark`' }),
  tokens: tokensSchema.meta({ description: 'The tokens that have another value then, at the same paths' }),
});

export const outputSchema = z.object({
  tokens: tokensSchema.meta({ description: 'Groups of tokens in the W3C DTCG format, 2025.10' }),
  modes: z
    .array(modeSchema)
    .optional()
    .meta({ description: 'Themes, settings of the reader and sizes of the window' }),
  content: z.string().meta({ description: 'The tokens as a file in the requested format' }),
  count: z.int().meta({ description: 'Number of tokens' }),
  near_duplicates: z
    .array(nearDuplicateSchema)
    .meta({ description: 'Pairs that few people can tell apart, the closest first, at most 100' }),
  comparison: comparisonSchema
    .optional()
    .meta({ description: 'Comparison with the baseline, aliases resolved' }),
  properties: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Which token each custom property is, for example {"--link": "color.link"}' }),
  skipped: z
    .array(skippedSchema)
    .meta({ description: 'Custom properties that are not tokens, each with the reason' }),
  warnings: z.array(z.string()).meta({ description: 'Invalid CSS and failed fetches' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
export type Skipped = z.infer<typeof skippedSchema>;
export type NearDuplicate = z.infer<typeof nearDuplicateSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;

/** Where tokens come from: one of the three is given. */
export interface Source {
  css?: string | undefined;
  tailwind?: Record<string, unknown> | undefined;
  url?: string | undefined;
}
