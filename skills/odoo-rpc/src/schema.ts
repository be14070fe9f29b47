import * as z from 'zod';

export const inputSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).meta({ description: 'Where Odoo is; its host must be allow-listed' }),
  database: z.string().min(1),
  login: z.string().min(1),
  key: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "API key or password; the operator's own when absent" }),
  model: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}(?:\.[a-z0-9_]{1,63}){0,7}$/, 'not a model name such as "res.partner"')
    .meta({ description: 'Such as res.partner' }),
  // Odoo refuses names with a leading underscore to every caller: they are private.
  method: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/i, 'not a public method name such as "search_read"')
    .meta({ description: 'Such as search_read' }),
  args: z.array(z.unknown()).default([]).meta({ description: 'Positional arguments' }),
  kwargs: z.record(z.string(), z.unknown()).default({}).meta({ description: 'Keyword arguments' }),
});

export const outputSchema = z.object({
  uid: z.int().meta({ description: 'Id of the user that the call was made as' }),
  result: z.unknown().meta({ description: 'What the method returned' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
