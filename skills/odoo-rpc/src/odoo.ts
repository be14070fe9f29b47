import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import { faultError, faultSchema } from './faults.js';
import { openConnection, type Connection } from './http.js';
import type { Permission } from './allowed-hosts.js';
import type { Input, Output } from './schema.js';

/**
 * Odoo's JSON-RPC endpoint, present in Odoo 8 to 19: POST /jsonrpc {method: "call", params: {service, method, args}}.
 * https://www.odoo.com/documentation/18.0/developer/howtos/web_services.html
 */
const answerSchema = z.object({ result: z.unknown().optional(), error: faultSchema.optional() });

export interface OdooCall extends Input {
  key: string;
}

/**
 * Authenticates, then calls the method. Nothing is sent twice: a call may write.
 * @throws SkillError 401 for a wrong database, login or key; what `faultError` and `openConnection` say for the rest
 */
export async function callOdoo(call: OdooCall, permission: Permission, signal: AbortSignal): Promise<Output> {
  const connection = openConnection(endpointOf(call.url), permission);
  const rpc = (service: string, method: string, args: unknown[]) =>
    callService(connection, { service, method, args }, call.key, signal);
  try {
    const { database, login, key, model, method, args, kwargs } = call;
    const uid = await rpc('common', 'authenticate', [database, login, key, {}]);
    if (typeof uid !== 'number') {
      throw new SkillError(
        401,
        'access_denied',
        `Odoo does not know login "${login}" with this key in "${database}".`,
      );
    }
    return {
      uid,
      result: await rpc('object', 'execute_kw', [database, uid, key, model, method, args, kwargs]),
    };
  } finally {
    connection.close();
  }
}

function endpointOf(base: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/jsonrpc`;
  url.search = '';
  url.hash = '';
  return url;
}

async function callService(
  connection: Connection,
  params: object,
  key: string,
  signal: AbortSignal,
): Promise<unknown> {
  const text = await connection.post(
    JSON.stringify({ jsonrpc: '2.0', method: 'call', id: 1, params }),
    signal,
  );
  const { result, error } = parseAnswer(text);
  if (error) throw faultError(error, key);
  return result ?? null;
}

function parseAnswer(text: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SkillError(
      502,
      'unexpected_answer',
      'The answer is not JSON-RPC. Is this the address of Odoo itself?',
      {
        cause,
      },
    );
  }
}
