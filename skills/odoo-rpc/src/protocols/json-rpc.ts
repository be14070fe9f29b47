import type { GuardedAnswer } from '@odoobo/skill-kit/outgoing';
import * as z from 'zod';
import type { Connection } from '../connection.js';
import { faultError, unexpectedAnswer } from '../faults.js';
import type { ServiceCall } from './rpc.js';

/** `data.name` is the Python class, `data.debug` the traceback, which stays here: serialize_exception in odoo/http.py. */
const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z
    .object({
      message: z.string(),
      data: z.object({ name: z.string(), message: z.string() }).optional(),
    })
    .optional(),
});

/** POST /jsonrpc {method: "call", params: {service, method, args}}: Odoo 8 to 21, deprecated since 19. */
export function jsonRpc(connection: Connection, key: string): ServiceCall {
  return (service, method, args) => jsonRpcResult(connection, '/jsonrpc', { service, method, args }, key);
}

/**
 * The result of a route that speaks JSON-RPC.
 * @param key blotted out where Odoo repeats it
 * @param inspect gets the answer before it is read
 * @throws SkillError for a fault of Odoo
 */
export async function jsonRpcResult(
  connection: Connection,
  path: string,
  params: object,
  key: string,
  inspect: (answer: GuardedAnswer) => void = () => undefined,
): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'call', id: 1, params });
  const answer = await connection.post(path, body, { 'content-type': 'application/json' });
  inspect(answer);
  const { url, status, text } = answer;
  if (status !== 200) throw unexpectedAnswer(url, `answered ${status}`);
  const { result, error } = parseAnswer(url, text);
  if (!error) return result;
  const { name = '', message = '' } = error.data ?? {};
  throw faultError({ name, message: message || error.message }, key);
}

function parseAnswer(url: URL, text: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw unexpectedAnswer(url, 'returned something that is not JSON-RPC', cause);
  }
}
