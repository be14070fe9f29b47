import type { Reach } from '@odoobo/skill-kit/outgoing';
import { Connection } from './connection.js';
import type { AccountMemory, Memory } from './memory.js';
import { methodCall } from './method-call.js';
import { Json2Odoo } from './protocols/json-2.js';
import { jsonRpc } from './protocols/json-rpc.js';
import type { Account, Odoo } from './protocols/protocol.js';
import { RpcOdoo } from './protocols/rpc.js';
import type { Input, Output } from './schema.js';

export interface Target {
  url: URL;
  reach: Reach;
  key: string;
  memory: Memory;
  signal: AbortSignal;
}

/**
 * Does what the input asks for, in its protocol.
 * @throws SkillError for a fault of Odoo, a wrong account, and what goes wrong on the way
 */
export async function callOdoo(input: Input, { url, reach, key, memory, signal }: Target): Promise<Output> {
  const { protocol, database, login = '', context } = input;
  const connection = new Connection({ url, reach, signal, agent: memory.agent(url, reach) });
  const remembered = memory.of({ url, database, login, key });
  const odoo = await connect(protocol, { database, login, key, context }, connection, remembered);
  if (input.operation === 'authenticate') {
    const uid = await odoo.authenticate();
    return { result: uid, uid };
  }
  const called = await odoo.call(methodCall(input));
  if (input.operation === 'create') return { ...called, result: [called.result].flat() };
  return 'limit' in input ? { ...called, ...pageOf(called.result, input) } : called;
}

async function connect(
  protocol: Input['protocol'],
  account: Account,
  connection: Connection,
  { uid }: AccountMemory,
): Promise<Odoo> {
  if (protocol === 'json2') return new Json2Odoo(account, connection);
  if (protocol === 'jsonrpc') return new RpcOdoo(account, jsonRpc(connection, account.key), uid);
  // The parser is loaded for those who need it.
  const { xmlRpc } = await import('./protocols/xml-rpc.js');
  return new RpcOdoo(account, xmlRpc(connection, account.key), uid);
}

/** Cuts off the record that was asked for beyond the limit, to know whether there are more. */
function pageOf(result: unknown, { offset, limit }: { offset: number; limit: number }) {
  if (!Array.isArray(result)) return {};
  const isLast = result.length <= limit;
  return { result: result.slice(0, limit) as unknown[], next_offset: isLast ? null : offset + limit };
}
