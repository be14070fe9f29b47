import * as z from 'zod';

export const inputSchema = z.strictObject({
  question: z.string().trim().min(1).max(500).meta({ description: 'In plain English' }),
  schema: z.string().min(1).max(50_000).meta({ description: 'CREATE TABLE statements in PostgreSQL' }),
  limit: z
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .meta({ description: 'The most rows that the query may return' }),
  today: z.iso
    .date()
    .optional()
    .meta({ description: 'What "last month" counts from; the current day in UTC if absent' }),
});

export const outputSchema = z.object({
  sql: z.string().meta({ description: 'One read-only SELECT with a row limit, in PostgreSQL' }),
  explanation: z.string().meta({ description: 'What the query does, in English' }),
  engine: z.literal('templates').meta({ description: 'Made by fixed templates, without a language model' }),
  tables: z.array(z.string()).meta({ description: 'The tables it reads' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
