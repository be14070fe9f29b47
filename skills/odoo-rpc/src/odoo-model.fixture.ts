/** An exception of Odoo, by its Python class. */
export class OdooException extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

type Values = Record<string, unknown>;

/** Parameters in the order of the signatures in odoo/orm/models.py. */
const parameters: Record<string, string[]> = {
  search: ['domain', 'offset', 'limit', 'order'],
  search_read: ['domain', 'fields', 'offset', 'limit', 'order'],
  search_count: ['domain', 'limit'],
  read: ['fields', 'load'],
  create: ['vals_list'],
  write: ['vals'],
  unlink: [],
  fields_get: ['allfields', 'attributes'],
  action_archive: [],
  load: ['fields', 'data'],
  check_object_reference: ['module', 'xml_id'],
  has_access: ['operation'],
  check_access_rights: ['operation', 'raise_exception'],
  check_access_rule: ['operation'],
  echo: ['first', 'second', 'third', 'kwargs'],
};

/** Methods that are called on records: RPC has the ids before the other arguments, JSON-2 has them by name. */
const onRecords = new Set([
  'read',
  'write',
  'unlink',
  'action_archive',
  'get_external_id',
  'get_metadata',
  'has_access',
  'check_access_rule',
]);

export interface NamedCall {
  ids: number[];
  named: Values;
}

/** What RPC gives by place, by name, as Odoo's call_kw does. */
export function byName(method: string, args: unknown[], kwargs: Values): NamedCall {
  const [ids, positional] = onRecords.has(method) ? [args[0] as number[], args.slice(1)] : [[], args];
  const names = parameters[method] ?? [];
  return {
    ids,
    named: { ...Object.fromEntries(positional.map((value, i) => [names[i], value])), ...kwargs },
  };
}

/** The external ids of two records. */
export const xmlIds: Record<number, string> = { 1: 'base.main_partner', 3: 'demo.gemini' };

/** What a test can change. */
export interface ServerState {
  series: string;
  isAdministrator: boolean;
}

const modelFields = {
  id: { string: 'ID', type: 'integer' },
  name: { string: 'Name', type: 'char' },
  active: { string: 'Active', type: 'boolean' },
};

/** `res.partner` with a few records: just as much of the ORM as the calls of the tests need. */
export class OdooModel {
  readonly #records = new Map<number, Values>();
  #lastId = 0;

  constructor(private readonly server: ServerState) {
    for (const name of ['Azure Interior', 'Deco Addict', 'Gemini Furniture', 'Ready Mat', 'Wood Corner']) {
      this.#create({ name });
    }
  }

  /** @throws OdooException as Odoo raises it */
  execute(method: string, { ids, named }: NamedCall): unknown {
    const fault = faults[method];
    if (fault) throw fault;
    switch (method) {
      case 'search':
        return this.#search(named).map(({ id }) => id);
      case 'search_read':
        return this.#search(named).map((record) => pick(record, named['fields']));
      case 'search_count':
        return this.#search({ domain: named['domain'] }).length;
      case 'read':
        // A record that is gone is left out.
        return ids.flatMap((id) => {
          const record = this.#records.get(id);
          return record ? [pick(record, named['fields'])] : [];
        });
      case 'create':
        return [named['vals_list'] as Values | Values[]].flat().map((values) => this.#create(values));
      case 'write':
        for (const id of ids) Object.assign(this.#record(id), named['vals']);
        return true;
      case 'unlink':
        for (const id of ids) this.#records.delete(id);
        return true;
      case 'fields_get':
        return this.#fields(named);
      case 'load':
        return this.#load(named['data'] as string[][]);
      case 'get_external_id':
        return Object.fromEntries(ids.map((id) => [id, xmlIds[id] ?? '']));
      case 'get_metadata':
        return ids.map((id) => ({ id, xmlid: xmlIds[id] ?? false, noupdate: false }));
      case 'has_access':
        if (this.server.series < '18') break;
        return this.#mayDo(named['operation'], ids);
      case 'check_access_rights':
        return this.#mayDo(named['operation'], []);
      case 'check_access_rule':
        if (this.#mayDo(named['operation'], ids)) return null;
        throw new OdooException('odoo.exceptions.AccessError', 'Due to security restrictions');
      case 'action_archive':
        for (const id of ids) this.#record(id)['active'] = false;
        return null;
      case 'echo':
        return named;
    }
    throw new OdooException(
      'builtins.AttributeError',
      `type object 'res.partner' has no attribute '${method}'`,
    );
  }

  /** Odoo reports the errors of an import as a result. */
  #load(rows: string[][]): unknown {
    const bad = rows.findIndex(([, name]) => !name);
    if (bad < 0) return { ids: rows.map(([, name]) => this.#create({ name })), messages: [], nextrow: 0 };
    const message = {
      type: 'error',
      message: 'A name is needed.',
      record: bad,
      rows: { from: bad, to: bad },
    };
    return { ids: false, messages: [message], nextrow: 0 };
  }

  /** An administrator may do everything; another user may read and write, and write everything but record 1. */
  #mayDo(operation: unknown, ids: number[]): boolean {
    if (this.server.isAdministrator) return true;
    return operation === 'read' || (operation === 'write' && !ids.includes(1));
  }

  #create(values: Values): number {
    if (!values['name']) throw new OdooException('odoo.exceptions.ValidationError', 'A name is needed.');
    const id = ++this.#lastId;
    this.#records.set(id, { id, active: true, ...values });
    return id;
  }

  #record(id: number): Values {
    const record = this.#records.get(id);
    if (record) return record;
    throw new OdooException(
      'odoo.exceptions.MissingError',
      `Record does not exist or has been deleted. (${id})`,
    );
  }

  #search({ domain = [], offset = 0, limit = Infinity, order = 'id' }: Values): Values[] {
    const terms = domain as [string, string, unknown][];
    const found = [...this.#records.values()].filter((record) =>
      terms.every(([field, operator, value]) => (record[field] === value) === (operator === '=')),
    );
    const [field = 'id', direction] = String(order).split(',')[0]?.split(' ') ?? [];
    found.sort((a, b) => (String(a[field]) < String(b[field]) ? -1 : 1) * (direction === 'desc' ? -1 : 1));
    return found.slice(Number(offset), Number(offset) + Number(limit));
  }

  #fields({ allfields, attributes }: Values): Values {
    return Object.fromEntries(
      Object.entries(pick(modelFields, allfields)).map(([name, field]) => [
        name,
        pick(field as Values, attributes),
      ]),
    );
  }
}

function pick(record: Values, fields: unknown): Values {
  if (!Array.isArray(fields)) return record;
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => name === 'id' || fields.includes(name)),
  );
}

export const secretKey = 'k3y-of-the-user';

const faults: Record<string, OdooException> = {
  refuse: new OdooException('odoo.exceptions.AccessError', 'You are not allowed to modify Contact.'),
  warn: new OdooException('odoo.exceptions.UserError', 'Close the journal first.'),
  constrain: new OdooException(
    'psycopg2.errors.ForeignKeyViolation',
    'violates foreign key constraint\nDETAIL: in use',
  ),
  leak: new OdooException('odoo.exceptions.UserError', `wrong key ${secretKey}`),
  expire: new OdooException('odoo.http.SessionExpiredException', 'Session expired'),
  crash: new OdooException('some.module.StrangeError', 'something else'),
};
