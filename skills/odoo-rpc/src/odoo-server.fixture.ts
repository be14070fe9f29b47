import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a client sends to Odoo's /jsonrpc. */
interface RpcCall {
  id: unknown;
  params: { service: string; method: string; args: unknown[] };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export const KEY = 'k3y-of-the-user';

/**
 * A server that speaks Odoo's JSON-RPC as Odoo documents it, with one user and two partners. Faults have the shape that
 * Odoo gives them, traceback included.
 */
export class OdooServer {
  readonly calls: string[] = [];
  #server: Server;

  private constructor(handler?: Handler) {
    this.#server = createServer((request, response) => void (handler ?? this.#answer)(request, response));
  }

  static async start(handler?: Handler): Promise<OdooServer> {
    const odoo = new OdooServer(handler);
    odoo.#server.listen(0, '127.0.0.1');
    await once(odoo.#server, 'listening');
    return odoo;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer: Handler = async (request, response) => {
    const { id, params } = (await json(request)) as RpcCall;
    this.calls.push(`${request.method} ${request.url} ${params.service}.${params.method}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...this.#dispatch(params) }));
  };

  #dispatch({ method, args }: RpcCall['params']): object {
    if (method === 'authenticate') {
      const [database, login, key] = args;
      if (database !== 'demo') return fault('psycopg2.OperationalError', 'database "none" does not exist');
      return { result: login === 'admin' && key === KEY ? 2 : false };
    }
    const [, uid, key, model, name, positional, keywords] = args;
    if (uid !== 2 || key !== KEY) return fault('odoo.exceptions.AccessDenied', 'Access Denied');
    return this.#execute(
      String(model),
      String(name),
      positional as unknown[],
      keywords as Record<string, unknown>,
    );
  }

  #execute(model: string, method: string, args: unknown[], kwargs: Record<string, unknown>): object {
    if (model !== 'res.partner') return fault('odoo.exceptions.UserError', `Object ${model} doesn't exist`);
    if (method === 'search_read') return { result: PARTNERS.slice(0, kwargs['limit'] as number) };
    if (method === 'search_count') return { result: PARTNERS.length };
    if (method === 'echo') return { result: { args, kwargs } };
    if (method === 'nothing') return {};
    return (
      FAULTS[method] ??
      fault('builtins.AttributeError', `type object 'res.partner' has no attribute '${method}'`)
    );
  }
}

const PARTNERS = [
  { id: 14, name: 'Azure Interior' },
  { id: 10, name: 'Deco Addict' },
];

const FAULTS: Record<string, object> = {
  write: fault('odoo.exceptions.AccessError', 'You are not allowed to modify Contact.'),
  read: fault('odoo.exceptions.MissingError', 'Record does not exist or has been deleted.'),
  create: fault('odoo.exceptions.ValidationError', 'A name is needed.'),
  unlink: fault('psycopg2.errors.ForeignKeyViolation', 'violates foreign key constraint'),
  leak: fault('odoo.exceptions.UserError', `wrong key ${KEY}`),
  crash: fault('some.module.StrangeError', 'something else'),
};

function fault(name: string, message: string): object {
  const data = {
    name,
    message,
    debug: 'Traceback (most recent call last): secret path',
    arguments: [message],
    context: {},
  };
  return { error: { code: 200, message: 'Odoo Server Error', data } };
}
