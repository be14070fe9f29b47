import type { Call } from '../schema.js';

/** A call of a method in the terms that all protocols share. */
export interface MethodCall {
  model: string;
  method: string;
  ids?: number[];
  /** The leading parameters by name and in order: RPC sends them by place, since some were renamed over the years. */
  parameters: [name: string, value: unknown][];
  /** What RPC sends instead of `parameters`, where it takes another form by place. */
  byPlace?: unknown[];
  kwargs: Record<string, unknown>;
}

/** The operations that are one call of the method with their name, and `execute`. */
export type PlainCall = Exclude<
  Call,
  { operation: 'get_xml_ids' | 'resolve_xml_ids' | 'modules' | 'check_access' }
>;

/**
 * What Odoo is asked for an operation. A page asks for one record more than its limit: whether there is a next page is
 * then known without counting.
 * Signatures: search, search_read, create and others of `Model` in odoo/orm/models.py.
 */
export function methodCall(input: PlainCall): MethodCall {
  const { operation, model } = input;
  const call = { model, method: operation as string, parameters: [], kwargs: {} };
  switch (input.operation) {
    case 'search':
      return { ...call, parameters: [['domain', input.domain]], kwargs: page(input) };
    case 'search_read': {
      const { domain, fields } = input;
      return {
        ...call,
        parameters: [['domain', domain]],
        kwargs: { ...defined({ fields }), ...page(input) },
      };
    }
    case 'search_count':
      return { ...call, parameters: [['domain', input.domain]] };
    case 'read':
      return { ...call, ids: input.ids, kwargs: defined({ fields: input.fields }) };
    case 'create':
      return { ...call, parameters: [['vals_list', input.values]], byPlace: [oneOrList(input.values)] };
    case 'write':
      return { ...call, ids: input.ids, parameters: [['vals', input.values]] };
    case 'unlink':
      return { ...call, ids: input.ids };
    case 'load': {
      const { fields, rows } = input;
      return {
        ...call,
        parameters: [
          ['fields', fields],
          ['data', rows],
        ],
      };
    }
    case 'fields_get':
      return { ...call, kwargs: defined({ allfields: input.fields, attributes: input.attributes }) };
    case 'execute': {
      const parameters = input.args.map((value, i): [string, unknown] => [String(i), value]);
      return {
        ...call,
        ...defined({ ids: input.ids }),
        method: input.method,
        parameters,
        kwargs: input.kwargs,
      };
    }
  }
}

/** Before version 12, Odoo creates one record a call, from an object. Later versions accept both. */
function oneOrList(values: unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}

function page({ offset, limit, order }: { offset: number; limit: number; order: string }) {
  return { offset, limit: limit + 1, order };
}

/** Odoo's own defaults stand for what is absent; a null would be sent as None. */
function defined<T extends object>(options: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
