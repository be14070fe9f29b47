import * as z from 'zod';

const source = {
  css: z.string().min(1).optional().meta({ description: 'A style sheet; Tailwind 4 keeps its theme in one' }),
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

const ONE = 'give one of css, tailwind and url';

function isOne({ css, tailwind, url }: Source): boolean {
  return [css, tailwind, url].filter((given) => given !== undefined).length === 1;
}

export const inputSchema = z
  .strictObject({
    ...source,
    format: z
      .enum(['json', 'css', 'scss'])
      .default('json')
      .meta({ description: 'What `content` is written in' }),
    baseline: z
      .strictObject(source)
      .refine(isOne, ONE)
      .optional()
      .meta({ description: 'An earlier or another source, to compare with' }),
  })
  .refine(isOne, ONE);

const skippedSchema = z.object({ name: z.string(), value: z.string(), reason: z.string() });

const nearDuplicateSchema = z.object({
  tokens: z.array(z.string()).length(2).meta({ description: 'As in ["color.brand", "color.link"]' }),
  difference: z.number().meta({
    description: 'Of colours in OKLab, where 0.02 is just noticeable; of lengths in px, a rem being 16',
  }),
});

const comparisonSchema = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  renamed: z
    .array(z.object({ from: z.string(), to: z.string() }))
    .meta({ description: 'The only one removed and the only one added with a value' }),
  changed: z.array(z.object({ token: z.string(), from: z.unknown(), to: z.unknown() })),
  unchanged: z.int(),
});

export const outputSchema = z.object({
  tokens: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .meta({ description: 'Groups of tokens in the W3C DTCG format, 2025.10' }),
  content: z.string().meta({ description: 'The tokens as a file in the format that was asked for' }),
  count: z.int().meta({ description: 'How many tokens there are' }),
  near_duplicates: z
    .array(nearDuplicateSchema)
    .meta({ description: 'Pairs that few people can tell apart, the closest first, at most 100' }),
  comparison: comparisonSchema.optional().meta({ description: 'With the baseline, aliases resolved' }),
  skipped: z
    .array(skippedSchema)
    .meta({ description: 'Custom properties that are no token, each with the reason' }),
  warnings: z.array(z.string()).meta({ description: 'What is not valid CSS, and what could not be fetched' }),
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
