import type { ListedReach } from '@odoobo/skill-kit/outgoing';
import { Connection } from './connection.js';
import type { AccountMemory, Memory } from './memory.js';
import { runBatch } from './operations/batch.js';
import { checkAccess } from './operations/check-access.js';
import { fieldsGet } from './operations/fields.js';
import { loaded } from './operations/load.js';
import { methodCall } from './operations/method-call.js';
import { listModules } from './operations/modules.js';
import { printReport } from './operations/report.js';
import { rpcInfo, type ServerInfo, webInfo } from './operations/server-info.js';
import { getXmlIds, resolveXmlIds } from './operations/xml-ids.js';
import { Json2Odoo } from './protocols/json-2.js';
import { jsonRpc } from './protocols/json-rpc.js';
import type { Account, Odoo } from './protocols/protocol.js';
import { RpcOdoo, type ServiceCall } from './protocols/rpc.js';
import type { AccountInput, Call, Input, Output, ServerInput } from './schema.js';

export interface Target {
  url: URL;
  reach: ListedReach;
  memory: Memory;
  afterResponse: (work: () => void) => void;
  signal: AbortSignal;
}

/**
 * Answers what a server says without an account.
 * @throws SkillError for a fault of Odoo, and what goes wrong on the way
 */
export function askServer({ operation, protocol }: ServerInput, target: Target): Promise<Output> {
  return withConnection(target, async (connection) => {
    const info = await serverInfo(protocol, connection);
    return { result: operation === 'version' ? await info.version() : await info.databases() };
  });
}

/**
 * Does what the input asks for, in its protocol.
 * @throws SkillError for a fault of Odoo, a wrong account, and what goes wrong on the way
 */
export function callOdoo(input: AccountInput, key: string, target: Target): Promise<Output> {
  const { protocol, database, login = '', context } = input;
  const account = { database, login, key, context };
  const remembered = target.memory.of({ url: target.url, database, login, key });
  return withConnection(target, async (connection) => {
    if (input.operation === 'report') {
      return { result: await printReport(input, account, connection, remembered.cookie) };
    }
    const odoo = await connect(protocol, account, connection, remembered);
    if (input.operation === 'authenticate') {
      const uid = await odoo.authenticate();
      return { result: uid, uid };
    }
    const run = (call: Call) => runCall(odoo, call, context, remembered);
    return input.operation === 'batch' ? runBatch(input, run) : run(input);
  });
}

/** How long a large answer may take to be sent, before the next one is read. */
const slowestReadMs = 20_000;

async function withConnection<T>(target: Target, work: (connection: Connection) => Promise<T>): Promise<T> {
  const { url, reach, memory, signal } = target;
  const { largeAnswers } = memory;
  const connection = new Connection({ url, reach, signal, largeAnswers, agent: memory.agent(url, reach) });
  try {
    return await work(connection);
  } finally {
    target.afterResponse(() => connection.close());
    // A client that reads slowly keeps no others waiting.
    if (connection.holdsTurn) setTimeout(() => connection.close(), slowestReadMs).unref();
  }
}

async function runCall(
  odoo: Odoo,
  call: Call,
  context: Account['context'],
  { fields }: AccountMemory,
): Promise<Output> {
  switch (call.operation) {
    case 'get_xml_ids':
      return getXmlIds(odoo, call);
    case 'resolve_xml_ids':
      return resolveXmlIds(odoo, call);
    case 'modules':
      return listModules(odoo, call);
    case 'check_access':
      return checkAccess(odoo, call);
    case 'fields_get': {
      const { model, fields: names, attributes } = call;
      return fieldsGet(odoo, call, fields(JSON.stringify([model, names, attributes, context])));
    }
  }
  const called = await odoo.call(methodCall(call));
  // A single record was created from an object, which returns its id alone.
  if (call.operation === 'create') return { ...called, result: [called.result].flat() };
  if (call.operation === 'load') return { ...called, result: loaded(called.result) };
  return 'limit' in call ? { ...called, ...pageOf(called.result, call) } : called;
}

async function serverInfo(protocol: Input['protocol'], connection: Connection): Promise<ServerInfo> {
  if (protocol === 'json2') return webInfo(connection);
  return rpcInfo(await serviceCall(protocol, connection, ''));
}

async function connect(
  protocol: Input['protocol'],
  account: Account,
  connection: Connection,
  { uid }: AccountMemory,
): Promise<Odoo> {
  if (protocol === 'json2') return new Json2Odoo(account, connection);
  const service = await serviceCall(protocol, connection, account.key);
  return new RpcOdoo(account, service, uid, protocol === 'jsonrpc');
}

async function serviceCall(
  protocol: 'jsonrpc' | 'xmlrpc',
  connection: Connection,
  key: string,
): Promise<ServiceCall> {
  if (protocol === 'jsonrpc') return jsonRpc(connection, key);
  // The parser is loaded for those who need it.
  const { xmlRpc } = await import('./protocols/xml-rpc.js');
  return xmlRpc(connection, key);
}

/** Cuts off the record that was asked for beyond the limit, to know whether there are more. */
function pageOf(result: unknown, { offset, limit }: { offset: number; limit: number }) {
  if (!Array.isArray(result)) return {};
  const isLast = result.length <= limit;
  return { result: result.slice(0, limit) as unknown[], next_offset: isLast ? null : offset + limit };
}
