import { startTestServer, type TestServer } from '@odoobo/skill-kit/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { byName, OdooException, OdooModel, secretKey } from './odoo-model.fixture.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
type Values = Record<string, unknown>;

/** What a client sends to /jsonrpc. */
interface RpcCall {
  id: unknown;
  params: { service: string; method: string; args: unknown[] };
}

/**
 * A server that speaks Odoo's JSON-RPC and JSON-2 as Odoo documents them, with one user and one model. Faults have the
 * shape that Odoo gives them, traceback included.
 */
export class OdooServer {
  readonly calls: string[] = [];
  /** The id of the only user. It changes when a database is replaced. */
  uid = 2;
  /** Whether the user's key is no longer valid. */
  revoked = false;
  /** How many connections were opened. */
  get connections(): number {
    return this.#sockets.size;
  }
  readonly #sockets = new Set<Socket>();
  readonly #model = new OdooModel();
  #server: TestServer | undefined;

  static async start(handler?: Handler): Promise<OdooServer> {
    const odoo = new OdooServer();
    odoo.#server = await startTestServer(
      (request, response) => void (handler ?? odoo.#answer)(request, response),
    );
    return odoo;
  }

  get host(): string {
    return this.#server?.host ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #answer: Handler = async (request, response) => {
    this.#sockets.add(request.socket);
    const body = (await json(request)) as Values;
    const [status, answer] = request.url?.includes('/json/2/')
      ? this.#json2(request, body)
      : [200, this.#jsonRpc(request, body as unknown as RpcCall)];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

  #jsonRpc({ method, url }: IncomingMessage, { id, params }: RpcCall): object {
    this.calls.push(`${method} ${url} ${params.service}.${params.method}`);
    try {
      return { jsonrpc: '2.0', id, result: this.#dispatch(params) };
    } catch (error) {
      return {
        jsonrpc: '2.0',
        id,
        error: { code: 200, message: 'Odoo Server Error', data: serialized(error) },
      };
    }
  }

  #dispatch({ method, args }: RpcCall['params']): unknown {
    if (method === 'authenticate') {
      const [database, login, key] = args;
      if (database !== 'demo')
        throw new OdooException('psycopg2.OperationalError', 'database "none" does not exist');
      return login === 'admin' && this.#isValid(key) ? this.uid : false;
    }
    const [, uid, key, model, name, positional, keywords] = args;
    if (uid !== this.uid || !this.#isValid(key))
      throw new OdooException('odoo.exceptions.AccessDenied', 'Access Denied');
    if (model !== 'res.partner') {
      throw new OdooException('odoo.exceptions.UserError', `Object ${String(model)} doesn't exist`);
    }
    const asked = String(name);
    const answer = this.#model.execute(asked, byName(asked, positional as unknown[], keywords as Values));
    // As call_kw: an object creates one record, and returns its id alone.
    const isOne = asked === 'create' && !Array.isArray((positional as unknown[])[0]);
    return isOne ? (answer as unknown[])[0] : answer;
  }

  #isValid(key: unknown): boolean {
    return key === secretKey && !this.revoked;
  }

  #json2(
    { method: verb, url = '', headers }: IncomingMessage,
    body: Values,
  ): [status: number, body: unknown] {
    this.calls.push(`${verb} ${url}`);
    try {
      if (headers.authorization !== `bearer ${secretKey}`) throw unauthorized();
      if (headers['x-odoo-database'] !== 'demo') throw notFound('No database is selected.');
      const [model, method = ''] = url.split('/json/2/')[1]?.split('/') ?? [];
      if (model === 'res.users' && method === 'context_get')
        return [200, { lang: 'en_US', tz: 'UTC', uid: 2 }];
      if (model !== 'res.partner') throw notFound(`the model '${model}' does not exist`);
      const { ids = [], ...named } = body;
      return [200, this.#model.execute(method, { ids: ids as number[], named })];
    } catch (error) {
      return [statuses[(error as OdooException).type] ?? 500, serialized(error)];
    }
  }
}

/** `http_status` of the exceptions; any other is a 500. */
const statuses: Record<string, number> = {
  'werkzeug.exceptions.Unauthorized': 401,
  'werkzeug.exceptions.NotFound': 404,
  'odoo.exceptions.AccessError': 403,
  'odoo.exceptions.MissingError': 404,
  'odoo.exceptions.ValidationError': 422,
  'odoo.exceptions.UserError': 422,
};

function unauthorized(): OdooException {
  return new OdooException('werkzeug.exceptions.Unauthorized', 'Invalid apikey');
}

function notFound(message: string): OdooException {
  return new OdooException('werkzeug.exceptions.NotFound', message);
}

/** serialize_exception in odoo/http.py. */
function serialized(error: unknown): object {
  const { type: name, message } = error as OdooException;
  const debug = 'Traceback (most recent call last): secret path';
  return { name, message, arguments: [message], context: {}, debug };
}
