import * as z from 'zod';

const ids = z.array(z.int().positive()).min(1).max(10_000);
const fields = z
  .array(z.string().min(1))
  .optional()
  .meta({ description: 'Names of fields; default: all that the user may read' });
const domain = z
  .array(z.unknown())
  .default([])
  .meta({ description: 'Selects records, such as [["is_company", "=", true]]; default: all' });
const values = z.record(z.string(), z.unknown());

const paging = {
  offset: z
    .int()
    .min(0)
    .default(0)
    .meta({ description: 'Number of records to skip: `next_offset` of the previous page' }),
  limit: z.int().min(1).max(10_000).default(100).meta({ description: 'Number of records per page' }),
  order: z
    .string()
    .regex(/^[a-z0-9_.: ,]{1,200}$/i, 'not an order such as "name desc, id"')
    .default('id')
    .meta({
      description:
        'As in SQL. End it in `id`; otherwise records of equal rank can be on two pages or on none',
    }),
};

const account = {
  url: z
    .string()
    .min(1)
    .max(2000)
    .meta({ description: 'URL of the Odoo server; its host must be allow-listed', format: 'uri' }),
  protocol: z.enum(['jsonrpc', 'xmlrpc', 'json2']).default('jsonrpc').meta({
    description:
      'JSON-RPC and XML-RPC: Odoo 8 to 21. JSON-2: Odoo 19 and later, with an API key and no login',
  }),
  database: z.string().min(1),
  login: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Required, except for JSON-2, whose key identifies the user' }),
  key: z.string().min(1).optional().meta({ description: "API key or password; default: the operator's own" }),
  context: values.optional().meta({ description: 'Such as {"lang": "de_DE"}' }),
};

const model = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}(?:\.[a-z0-9_]{1,63}){0,7}$/i, 'not a model name such as "res.partner"')
  .meta({ description: 'Such as res.partner' });

const operation = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ operation: z.literal(name), ...account, ...shape });

export const inputSchema = z
  .discriminatedUnion('operation', [
    operation('authenticate', {}),
    operation('search', { model, domain, ...paging }),
    operation('search_read', { model, domain, fields, ...paging }),
    operation('search_count', { model, domain }),
    operation('read', { model, ids, fields }),
    operation('create', {
      model,
      values: z
        .array(values)
        .min(1)
        .max(1000)
        .meta({ description: 'One object for each record; more than one needs Odoo 12' }),
    }),
    operation('write', { model, ids, values }),
    operation('unlink', { model, ids }),
    operation('fields_get', {
      model,
      fields,
      attributes: z.array(z.string()).optional().meta({ description: 'Such as ["string", "type"]' }),
    }),
    operation('execute', {
      model,
      // Odoo refuses names with a leading underscore to every caller: they are private.
      method: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,62}$/i, 'not a public method name such as "action_confirm"')
        .meta({ description: 'Such as action_confirm' }),
      ids: ids
        .optional()
        .meta({ description: 'The records to call the method on; none for a method of the model' }),
      args: z.array(z.unknown()).default([]).meta({ description: 'Positional arguments; none in JSON-2' }),
      kwargs: values.default({}).meta({ description: 'Keyword arguments' }),
    }),
  ])
  .superRefine((input, { addIssue }) => {
    const issue = (path: string, message: string) =>
      addIssue({ code: 'custom', path: [path], message, input: undefined });
    if (input.protocol !== 'json2') {
      if (input.login === undefined) issue('login', `required for ${input.protocol}`);
      return;
    }
    if (input.operation === 'execute' && input.args.length > 0)
      issue('args', 'JSON-2 accepts named arguments only: give them as kwargs');
    for (const field of ['key', 'database'] as const) {
      if (!/^[\x21-\x7e]*$/.test(input[field] ?? ''))
        issue(field, 'contains characters that are not allowed in an HTTP header');
    }
  });

export const outputSchema = z.object({
  result: z.unknown().meta({ description: 'What Odoo returned: ids, records, a number, true' }),
  uid: z.int().optional().meta({ description: 'Id of the calling user; with JSON-2 only for authenticate' }),
  next_offset: z
    .int()
    .nullable()
    .optional()
    .meta({ description: 'For search and search_read: `offset` of the next page, null after the last' }),
});

export type Input = z.output<typeof inputSchema>;
export type Output = z.infer<typeof outputSchema>;
