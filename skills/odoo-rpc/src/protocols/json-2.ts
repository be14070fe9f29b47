import * as z from 'zod';
import type { Connection } from '../connection.js';
import { faultError, unexpectedAnswer } from '../faults.js';
import type { MethodCall } from '../operations/method-call.js';
import type { Account, Called, Odoo } from './protocol.js';

const faultSchema = z.object({ name: z.string(), message: z.string() });
const contextSchema = z.object({ uid: z.int() });

/**
 * POST /json/2/<model>/<method> with arguments by name and an API key, from Odoo 19 on. Each call is a transaction.
 * https://www.odoo.com/documentation/19.0/developer/reference/external_api.html
 */
export class Json2Odoo implements Odoo {
  readonly hasNumericKeys = true;

  constructor(
    private readonly account: Account,
    private readonly connection: Connection,
  ) {}

  /** The context of the key's user has its id: what the documentation gives for `authenticate`. */
  async authenticate(): Promise<number> {
    const { url, body } = await this.#post('res.users', 'context_get', {});
    const parsed = contextSchema.safeParse(body);
    if (parsed.success) return parsed.data.uid;
    throw unexpectedAnswer(url, 'returned context_get without uid', parsed.error);
  }

  async call({ model, method, ids, parameters, kwargs }: MethodCall): Promise<Called> {
    const { context } = this.account;
    const named = {
      ...kwargs,
      ...Object.fromEntries(parameters),
      ...(ids && { ids }),
      ...(context && { context }),
    };
    const { body } = await this.#post(model, method, named);
    return { result: body };
  }

  async #post(model: string, method: string, named: object): Promise<{ url: URL; body: unknown }> {
    const { database, key } = this.account;
    const { url, status, text } = await this.connection.post(
      `/json/2/${model}/${method}`,
      JSON.stringify(named),
      {
        'content-type': 'application/json; charset=utf-8',
        authorization: `bearer ${key}`,
        'x-odoo-database': database,
      },
    );
    const body = parseJson(text);
    if (status === 200 && body !== undefined) return { url, body };
    const fault = faultSchema.safeParse(body);
    if (status !== 200 && fault.success) throw faultError(fault.data, key);
    throw unexpectedAnswer(url, `returned ${status}, and no JSON-2 response of Odoo 19`, fault.error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
