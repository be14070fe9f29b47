import * as z from 'zod';
import { forms } from './results/include.js';

const inputFields = z.strictObject({
  question: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'The question in plain English', examples: ['Top 3 customers by total in 2024'] }),
  schema: z
    .string()
    .min(1)
    .max(500_000)
    .optional()
    .meta({
      description:
        'CREATE TABLE statements, or a dump of the schema; the query is written but not run. Give either this or `database`',
      examples: ['CREATE TABLE customers (id int PRIMARY KEY, name text)'],
    }),
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/)
    .optional()
    .meta({
      description:
        'Name of a database that the operator configured: its tables are read, and the query is run. Give either this or `schema`',
      examples: ['shop'],
    }),
  dialect: z
    .enum(['postgresql', 'sqlite', 'mysql'])
    .optional()
    .meta({ description: 'The dialect of `schema`; default "postgresql". A `database` has its own' }),
  engine: z
    .enum(['templates', 'model'])
    .optional()
    .meta({ description: 'What writes the query; default: the model if one is configured, else templates' }),
  limit: z.int().min(1).max(1000).default(100).meta({ description: 'Maximum number of rows' }),
  today: z.iso
    .date()
    .optional()
    .meta({ description: 'The day that "last month" refers to; default: the current day in UTC' }),
  include: z.array(z.enum(forms)).max(forms.length).optional().meta({
    description:
      'Forms in which to add the rows: "table" (Markdown), "csv", "chart" (a Vega-Lite specification). Needs `database`',
  }),
});

export const inputSchema = inputFields
  .refine(({ schema, database }) => (schema === undefined) !== (database === undefined), {
    path: ['schema'],
    error: 'give either "schema" or "database"',
  })
  .refine(({ database, dialect }) => database === undefined || dialect === undefined, {
    path: ['dialect'],
    error: 'a database has its own dialect: leave this out',
  })
  .refine(({ database, include = [] }) => database !== undefined || include.length === 0, {
    path: ['include'],
    error: 'a "schema" has no rows to include: give a "database"',
  });

const cellSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]).meta({
  description: 'Decimals, dates and other values without a JSON type are text, as the database writes them',
});

export const outputSchema = z.object({
  sql: z.string().meta({ description: 'One checked, read-only SELECT with a row limit' }),
  explanation: z.string().meta({ description: 'What the query does, in English' }),
  engine: z.enum(['templates', 'model']).meta({
    description:
      '"templates": fixed templates wrote the query, without a language model. "model": a language model wrote it',
  }),
  dialect: z.enum(['postgresql', 'sqlite', 'mysql']),
  tables: z.array(z.string()).meta({ description: 'The tables that it reads' }),
  columns: z.array(z.string()).optional().meta({ description: 'Names of the columns, if the query was run' }),
  rows: z.array(z.array(cellSchema)).optional().meta({ description: 'The rows, if the query was run' }),
  table: z.string().optional().meta({ description: 'The rows as a Markdown table, if it was included' }),
  csv: z.string().optional().meta({ description: 'The rows as CSV (RFC 4180), if it was included' }),
  chart: z.record(z.string(), z.unknown()).optional().meta({
    description:
      'A Vega-Lite 5 specification with the rows in it, if it was included and the rows show a number by something',
  }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
