import * as z from 'zod';

export const inputSchema = z.strictObject({
  css: z.string().min(1).meta({ description: 'A style sheet' }),
  format: z
    .enum(['json', 'css', 'scss'])
    .default('json')
    .meta({ description: 'What `content` is written in' }),
});

const skippedSchema = z.object({ name: z.string(), value: z.string(), reason: z.string() });

export const outputSchema = z.object({
  tokens: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .meta({ description: 'Groups of tokens in the W3C DTCG format, 2025.10' }),
  content: z.string().meta({ description: 'The tokens as a file in the format that was asked for' }),
  count: z.int().meta({ description: 'How many tokens there are' }),
  skipped: z
    .array(skippedSchema)
    .meta({ description: 'Custom properties that are no token, each with the reason' }),
  warnings: z.array(z.string()).meta({ description: 'Where the style sheet is not valid CSS' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
export type Skipped = z.infer<typeof skippedSchema>;
