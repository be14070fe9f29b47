import * as z from 'zod';

const inputFields = z.strictObject({
  question: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'In plain English', examples: ['Top 3 customers by total in 2024'] }),
  schema: z
    .string()
    .min(1)
    .max(50_000)
    .optional()
    .meta({
      description: 'CREATE TABLE statements; the query is written and not run. Either this or `database`',
      examples: ['CREATE TABLE customers (id int PRIMARY KEY, name text)'],
    }),
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/)
    .optional()
    .meta({
      description:
        'Name of a database that the operator has configured: its tables are read, and the query is run. Either this or `schema`',
      examples: ['shop'],
    }),
  dialect: z
    .enum(['postgresql', 'sqlite'])
    .optional()
    .meta({ description: 'What `schema` is written in: "postgresql" if absent; a `database` has its own' }),
  engine: z
    .enum(['templates', 'model'])
    .optional()
    .meta({ description: 'What writes the query: the model if absent, where one is configured' }),
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

export const inputSchema = inputFields
  .refine(({ schema, database }) => (schema === undefined) !== (database === undefined), {
    path: ['schema'],
    error: 'give either "schema" or "database"',
  })
  .refine(({ database, dialect }) => database === undefined || dialect === undefined, {
    path: ['dialect'],
    error: 'a database has its own dialect: leave this out',
  });

const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]).meta({
  description: 'Decimals, dates and what else JSON has no value for are text, as the database writes them',
});

export const outputSchema = z.object({
  sql: z.string().meta({ description: 'One read-only SELECT with a row limit, checked' }),
  explanation: z.string().meta({ description: 'What the query does, in English' }),
  engine: z.enum(['templates', 'model']).meta({
    description:
      '"templates": made by fixed templates, without a language model. "model": by a language model',
  }),
  dialect: z.enum(['postgresql', 'sqlite']),
  tables: z.array(z.string()).meta({ description: 'The tables it reads' }),
  columns: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names of the columns, where the query was run' }),
  rows: z.array(z.array(cellSchema)).optional().meta({ description: 'Where the query was run' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
