import { startTestServer, type TestServer } from '@odoobo/skill-kit/testing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { catalog } from './odoo-catalog.fixture.js';
import { byName, OdooException, OdooModel, secretKey, type ServerState } from './odoo-model.fixture.js';
import { OdooWeb } from './odoo-web.fixture.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
type Values = Record<string, unknown>;

/** What a client sends to /jsonrpc. */
interface RpcCall {
  id: unknown;
  params: { service: string; method: string; args: unknown[] };
}

/**
 * A server that speaks Odoo's JSON-RPC and JSON-2 as Odoo documents them, with one user and a few models. Faults have the
 * shape that Odoo gives them, traceback included; real-odoo.test.ts asks a real one for the same.
 */
export class OdooServer implements ServerState {
  /** What was asked, by route. */
  readonly calls: string[] = [];
  /** What was asked of models: `<model>.<method>`. */
  readonly methods: string[] = [];
  readonly web = new OdooWeb();
  series = '19.0';
  isAdministrator = true;
  listsDatabases = true;
  /** The id of the only user. It changes when a database is replaced. */
  uid = 2;
  /** Whether the user's key is no longer valid. */
  revoked = false;
  readonly #sockets = new Set<Socket>();
  readonly #model = new OdooModel(this);
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

  /** How many connections were opened. */
  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #answer: Handler = async (request, response) => {
    this.#sockets.add(request.socket);
    const { method, url = '' } = request;
    if (method === 'GET') {
      this.calls.push(`GET ${url}`);
      if (url.includes('/report/pdf/')) return this.web.report(request, response);
      return void response.end(JSON.stringify({ version: this.series, version_info: this.#versionInfo() }));
    }
    const body = (await json(request)) as Values;
    const [status, answer] = url.includes('/json/2/')
      ? this.#json2(request, body)
      : [200, this.#jsonRpc(request, body as unknown as RpcCall, response)];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };

  #jsonRpc({ method, url = '' }: IncomingMessage, { id, params }: RpcCall, response: ServerResponse): object {
    this.calls.push(`${method} ${url}${params.service ? ` ${params.service}.${params.method}` : ''}`);
    try {
      const result = url.includes('/web/')
        ? this.#webClient(url, params as unknown as Values, response)
        : this.#service(params);
      return { jsonrpc: '2.0', id, result };
    } catch (error) {
      return {
        jsonrpc: '2.0',
        id,
        error: { code: 200, message: 'Odoo Server Error', data: serialized(error) },
      };
    }
  }

  #webClient(url: string, { login, password }: Values, response: ServerResponse): unknown {
    if (url.includes('/web/database/list')) return this.#databases();
    const { uid, cookie } = this.web.authenticate(login === 'admin' && this.#isValid(password));
    response.setHeader('set-cookie', ['frontend_lang=en_US; Path=/', cookie]);
    return { uid };
  }

  #service({ service, method, args }: RpcCall['params']): unknown {
    if (service === 'db') return this.#databases();
    if (method === 'version') {
      return { server_version: this.series, server_version_info: this.#versionInfo(), protocol_version: 1 };
    }
    if (method === 'authenticate') {
      const [database, login, key] = args;
      if (database !== 'demo')
        throw new OdooException('psycopg2.OperationalError', 'database "none" does not exist');
      return login === 'admin' && this.#isValid(key) ? this.uid : false;
    }
    return this.#executeKw(args);
  }

  #executeKw([, uid, key, model, method, positional, keywords]: unknown[]): unknown {
    if (uid !== this.uid || !this.#isValid(key))
      throw new OdooException('odoo.exceptions.AccessDenied', 'Access Denied');
    const [name, args] = [String(method), positional as unknown[]];
    const answer = this.#run(String(model), name, byName(name, args, keywords as Values));
    // As call_kw: an object creates one record, and returns its id alone.
    return name === 'create' && !Array.isArray(args[0]) ? (answer as unknown[])[0] : answer;
  }

  #run(model: string, method: string, call: ReturnType<typeof byName>): unknown {
    this.methods.push(`${model}.${method}`);
    if (model === 'ir.model.data' || model === 'ir.module.module')
      return catalog(this, model, method, call.named);
    if (model === 'res.partner') return this.#model.execute(method, call);
    throw new OdooException('odoo.exceptions.UserError', `Object ${model} doesn't exist`);
  }

  #databases(): string[] {
    if (this.listsDatabases) return ['demo', 'test'];
    throw new OdooException('odoo.exceptions.AccessDenied', 'Access Denied');
  }

  #versionInfo(): unknown[] {
    return [...this.series.split('.').map(Number), 0, 'final', 0, ''];
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
      const [model = '', method = ''] = url.split('/json/2/')[1]?.split('/') ?? [];
      if (model === 'res.users' && method === 'context_get')
        return [200, { lang: 'en_US', tz: 'UTC', uid: 2 }];
      if (model === 'res.nobody') throw notFound(`the model '${model}' does not exist`);
      const { ids = [], ...named } = body;
      return [200, this.#run(model, method, { ids: ids as number[], named })];
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
