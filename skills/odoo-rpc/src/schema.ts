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

const server = {
  url: z
    .string()
    .min(1)
    .max(2000)
    .meta({ description: 'URL of the Odoo server; its host must be allow-listed', format: 'uri' }),
  protocol: z.enum(['jsonrpc', 'xmlrpc', 'json2']).default('jsonrpc').meta({
    description:
      'JSON-RPC and XML-RPC: Odoo 8 to 21. JSON-2: Odoo 19 and later, with an API key and no login',
  }),
};

const account = {
  ...server,
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

const xmlId = z
  .string()
  .regex(/^\w{1,100}\.[\w.-]{1,200}$/, 'not an external id such as "base.main_company"');

/** A call of a user: as an operation of its own it has the account too, in a batch the batch has it. */
const call = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) => ({
  alone: z.strictObject({ operation: z.literal(name), ...account, ...shape }),
  inBatch: z.strictObject({ operation: z.literal(name), ...shape }),
});

const search = call('search', { model, domain, ...paging });
const searchRead = call('search_read', { model, domain, fields, ...paging });
const searchCount = call('search_count', { model, domain });
const read = call('read', { model, ids, fields });
const create = call('create', {
  model,
  values: z
    .array(values)
    .min(1)
    .max(1000)
    .meta({ description: 'One object for each record; more than one needs Odoo 12' }),
});
const write = call('write', { model, ids, values });
const unlink = call('unlink', { model, ids });
const load = call('load', {
  model,
  fields: z.array(z.string().min(1)).min(1).max(200).meta({
    description: 'The columns, as in an import: "id" is the external id, "parent_id/id" that of a parent',
  }),
  rows: z
    .array(z.array(z.union([z.string(), z.number(), z.boolean()])))
    .min(1)
    .max(5000)
    .meta({ description: 'One list of values for each record: all are written, or none' }),
});
const fieldsGet = call('fields_get', {
  model,
  fields,
  attributes: z.array(z.string()).optional().meta({ description: 'Such as ["string", "type"]' }),
  fresh: z.boolean().default(false).meta({ description: 'Ask Odoo, even if the definitions are cached' }),
});
const getXmlIds = call('get_xml_ids', { model, ids });
const resolveXmlIds = call('resolve_xml_ids', {
  xml_ids: z.array(xmlId).min(1).max(100).meta({ description: 'External ids, such as base.main_company' }),
});
const modules = call('modules', {
  names: z.array(z.string().min(1)).min(1).max(1000).optional().meta({ description: 'Default: all' }),
  state: z
    .enum(['installed', 'uninstalled', 'uninstallable', 'to install', 'to upgrade', 'to remove'])
    .optional()
    .meta({ description: 'Default: any if there are `names`, otherwise installed' }),
});
const checkAccess = call('check_access', {
  model,
  access: z.enum(['read', 'write', 'create', 'unlink']),
  ids: ids.optional().meta({ description: 'Default: the model as such' }),
});
const execute = call('execute', {
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
});

const callInBatch = z.discriminatedUnion('operation', [
  search.inBatch,
  searchRead.inBatch,
  searchCount.inBatch,
  read.inBatch,
  create.inBatch,
  write.inBatch,
  unlink.inBatch,
  load.inBatch,
  fieldsGet.inBatch,
  getXmlIds.inBatch,
  resolveXmlIds.inBatch,
  modules.inBatch,
  checkAccess.inBatch,
  execute.inBatch,
]);

const report = {
  report: z
    .string()
    .regex(/^\w{1,100}\.\w{1,200}$/, 'not a report such as "sale.report_saleorder"')
    .meta({ description: 'Technical name of the report, such as sale.report_saleorder' }),
  ids: ids.max(200),
};

const batch = {
  calls: z.array(callInBatch).min(1).max(100).meta({ description: 'Made in this order' }),
  on_error: z
    .enum(['stop', 'continue'])
    .default('stop')
    .meta({ description: 'After a call that fails. What was written before stays written' }),
};

const inputs = z.discriminatedUnion('operation', [
  z.strictObject({ operation: z.literal('version'), ...server }),
  z.strictObject({ operation: z.literal('databases'), ...server }),
  z.strictObject({ operation: z.literal('authenticate'), ...account }),
  search.alone,
  searchRead.alone,
  searchCount.alone,
  read.alone,
  create.alone,
  write.alone,
  unlink.alone,
  load.alone,
  fieldsGet.alone,
  getXmlIds.alone,
  resolveXmlIds.alone,
  modules.alone,
  checkAccess.alone,
  execute.alone,
  z.strictObject({ operation: z.literal('report'), ...account, ...report }),
  z.strictObject({ operation: z.literal('batch'), ...account, ...batch }),
]);

export const inputSchema = inputs.superRefine((input, { addIssue }) => {
  for (const [path, message] of problemsOf(input)) {
    addIssue({ code: 'custom', path, message, input: undefined });
  }
});

type Problem = [path: (string | number)[], message: string];

/** What a field alone does not show: whether it fits the protocol. */
function problemsOf(input: Input): Problem[] {
  if (!('database' in input)) return [];
  if (input.operation === 'report' && input.protocol === 'json2') {
    return [[['protocol'], 'a report needs jsonrpc or xmlrpc, with login and password']];
  }
  if (input.protocol !== 'json2') {
    return input.login === undefined ? [[['login'], `required for ${input.protocol}`]] : [];
  }
  const calls = input.operation === 'batch' ? input.calls : [input];
  const at = (i: number) => (input.operation === 'batch' ? ['calls', i, 'args'] : ['args']);
  const message = 'JSON-2 accepts named arguments only: give them as kwargs';
  return [
    ...calls.flatMap((one, i): Problem[] => (hasArguments(one) ? [[at(i), message]] : [])),
    ...(['key', 'database'] as const).flatMap((field): Problem[] =>
      /^[\x21-\x7e]*$/.test(input[field] ?? '')
        ? []
        : [[[field], 'contains characters that are not allowed in an HTTP header']],
    ),
  ];
}

function hasArguments(call: { operation: string; args?: unknown[] }): boolean {
  return call.operation === 'execute' && (call.args?.length ?? 0) > 0;
}

export const outputSchema = z.object({
  result: z.unknown().meta({ description: 'What Odoo returned: ids, records, a number, true' }),
  uid: z.int().optional().meta({ description: 'Id of the calling user; with JSON-2 only for authenticate' }),
  next_offset: z
    .int()
    .nullable()
    .optional()
    .meta({ description: 'For search and search_read: `offset` of the next page, null after the last' }),
  cached: z.boolean().optional().meta({ description: 'For fields_get: whether Odoo was not asked' }),
});

export type Input = z.output<typeof inputs>;
/** Asks a server without an account. */
export type ServerInput = Extract<Input, { operation: 'version' | 'databases' }>;
export type AccountInput = Exclude<Input, ServerInput>;
/** One call of a user, on its own or in a batch. */
export type Call = z.output<typeof callInBatch>;
export type Output = z.infer<typeof outputSchema>;
