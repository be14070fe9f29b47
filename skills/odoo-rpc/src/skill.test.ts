import { callSkill, contractProblems } from '@odoobo/skill-kit/testing';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { KEY, OdooServer } from './odoo-server.fixture.js';
import { odooSkill, skill } from './skill.js';

let odoo: OdooServer;

beforeEach(async () => {
  odoo = await OdooServer.start();
});

afterEach(() => odoo.close());

const ACCOUNT = { database: 'demo', login: 'admin', key: KEY };
const READ = { model: 'res.partner', method: 'search_read', args: [[]], kwargs: { limit: 1 } };

/** Calls the skill against the server of the test, which is allowed unless `env` says otherwise. */
function call(input: object, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) {
  const allowed = { ODOO_ALLOWED_HOSTS: odoo.host, ...env };
  return callSkill(odooSkill(allowed, timeoutMs), {
    url: `http://${odoo.host}`,
    ...ACCOUNT,
    ...READ,
    ...input,
  });
}

describe('odoo-rpc', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('authenticates, calls the method and answers with its result', async () => {
    const { status, output } = await call({});
    expect([status, output]).toEqual([200, { uid: 2, result: [{ id: 14, name: 'Azure Interior' }] }]);
    expect(odoo.calls).toEqual(['POST /jsonrpc common.authenticate', 'POST /jsonrpc object.execute_kw']);
  });

  it('hands arguments on as they are', async () => {
    const sent = { args: [[1, 2], { name: 'Ünï' }, null], kwargs: { context: { lang: 'de_DE' } } };
    expect((await call({ method: 'echo', ...sent })).output?.result).toEqual(sent);
  });

  it('answers null for a method that returns nothing', async () => {
    expect((await call({ method: 'nothing' })).output).toEqual({ uid: 2, result: null });
  });

  it('finds Odoo below a path, whatever its slashes and query', async () => {
    await call({ url: `http://${odoo.host}/erp/?debug=1#x` });
    expect(odoo.calls[0]).toBe('POST /erp/jsonrpc common.authenticate');
  });
});

describe('faults of Odoo', () => {
  it.each([
    ['write', 403, 'access_error', 'You are not allowed to modify Contact.'],
    ['read', 404, 'missing_record', 'Record does not exist'],
    ['create', 422, 'validation_error', 'A name is needed.'],
    ['unlink', 422, 'database_error', 'violates foreign key constraint'],
    ['missing_method', 422, 'invalid_call', "has no attribute 'missing_method'"],
    ['crash', 502, 'odoo_error', 'something else (some.module.StrangeError)'],
  ])('from %s become %i %s', async (method, status, code, message) => {
    const answer = await call({ method });
    expect([answer.status, answer.error?.code]).toEqual([status, code]);
    expect(answer.error?.message).toContain(message);
    expect(JSON.stringify(answer)).not.toContain('Traceback');
  });

  it('say which model does not exist', async () => {
    const { status, error } = await call({ model: 'res.nobody' });
    expect([status, error?.code]).toEqual([422, 'user_error']);
    expect(error?.message).toContain("Object res.nobody doesn't exist");
  });

  it.each([
    ['a wrong key', { key: 'wrong' }, 401, 'access_denied'],
    ['a wrong login', { login: 'nobody' }, 401, 'access_denied'],
    ['a wrong database', { database: 'none' }, 422, 'database_error'],
  ])('tell %s', async (_what, input, status, code) => {
    const answer = await call(input);
    expect([answer.status, answer.error?.code]).toEqual([status, code]);
  });

  it('never repeat the key', async () => {
    const { error } = await call({ method: 'leak' });
    expect(error?.message).toContain('wrong key ***');
  });
});

describe('the default key', () => {
  it("is the operator's, for a host named in full", async () => {
    expect((await call({ key: undefined }, { ODOO_API_KEY: KEY })).status).toBe(200);
  });

  it('is asked for when the operator has none', async () => {
    const { status, error } = await call({ key: undefined });
    expect([status, error?.code, error?.details?.[0]?.path]).toEqual([400, 'key_missing', 'input/key']);
    expect(odoo.calls).toEqual([]);
  });

  it('does not go to a host that only a wildcard allows', async () => {
    const env = { ODOO_ALLOWED_HOSTS: '*.odoo.com', ODOO_API_KEY: KEY };
    const { status, error } = await call({ url: 'https://anybody.odoo.com', key: undefined }, env);
    expect([status, error?.code]).toEqual([400, 'key_missing']);
    expect(JSON.stringify(error)).not.toContain(KEY);
  });
});

describe('hosts', () => {
  it.each([
    ['nothing is allowed', undefined],
    ['another host is', 'odoo.example.com'],
    ['another port is', '127.0.0.1:1'],
    ['only the default port is', '127.0.0.1'],
  ])('are refused when %s', async (_name, allowed) => {
    const { status, error } = await call({}, { ODOO_ALLOWED_HOSTS: allowed });
    expect([status, error?.code]).toEqual([403, 'host_not_allowed']);
    expect(error?.message).toContain('ODOO_ALLOWED_HOSTS');
    expect(odoo.calls).toEqual([]);
  });

  it('are told to the operator when the list is malformed', async () => {
    const { status, error } = await call({}, { ODOO_ALLOWED_HOSTS: `${odoo.host}, *` });
    expect([status, error?.code]).toEqual([503, 'misconfigured']);
    expect(error?.message).toContain('"*"');
  });
});

describe('what goes wrong on the way', () => {
  async function instead(handler: Parameters<typeof OdooServer.start>[0], timeoutMs?: number) {
    const other = await OdooServer.start(handler);
    try {
      return await call({ url: `http://${other.host}` }, { ODOO_ALLOWED_HOSTS: other.host }, timeoutMs);
    } finally {
      await other.close();
    }
  }

  it('a redirect is not followed', async () => {
    const { status, error } = await instead((_request, response) => {
      response.writeHead(302, { location: `http://${odoo.host}/jsonrpc` }).end();
    });
    expect([status, error?.code]).toEqual([502, 'unexpected_answer']);
    expect(error?.message).toContain('redirects are not followed');
    expect(odoo.calls).toEqual([]);
  });

  it.each([
    ['another status', 500, 'oops', /answered 500/],
    ['HTML', 200, '<html>', /not JSON-RPC/],
    ['other JSON', 200, '{"error": "no"}', /not JSON-RPC/],
  ])('%s is told as such', async (_name, answered, body, message) => {
    const { status, error } = await instead((_request, response) => {
      response.writeHead(answered).end(body);
    });
    expect([status, error?.code]).toEqual([502, 'unexpected_answer']);
    expect(error?.message).toMatch(message);
  });

  it('an answer without end is cut off', async () => {
    const { status, error } = await instead((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect([status, error?.code]).toEqual([502, 'answer_too_large']);
  });

  it('a silent server is given up on', async () => {
    const { status, error } = await instead(() => undefined, 100);
    expect([status, error?.code]).toEqual([504, 'odoo_timeout']);
  });

  it('a connection that breaks off is told as such', async () => {
    const { status, error } = await instead((request) => {
      request.socket.destroy();
    });
    expect([status, error?.code]).toEqual([502, 'odoo_unreachable']);
    expect(error?.message).toContain('ECONNRESET');
  });

  it('a port where nobody listens is told as such', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const host = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
    closed.close();
    await once(closed, 'close');
    const { status, error } = await call({ url: `http://${host}` }, { ODOO_ALLOWED_HOSTS: host });
    expect([status, error?.code]).toEqual([502, 'odoo_unreachable']);
    expect(error?.message).toContain('ECONNREFUSED');
  });
});

describe('input', () => {
  it.each([
    ['a file URL', { url: 'file:///etc/passwd' }, 'input/url'],
    ['no URL', { url: 'odoo' }, 'input/url'],
    ['a private method', { method: '_write' }, 'input/method'],
    ['a method with dots', { method: 'a.b' }, 'input/method'],
    ['a model with spaces', { model: 'res partner' }, 'input/model'],
    ['arguments that are no list', { args: {} }, 'input/args'],
  ])('with %s is refused', async (_name, input, path) => {
    const { status, error } = await call(input);
    expect([status, error?.details?.map((detail) => detail.path)]).toEqual([400, [path]]);
  });

  it('with credentials in the URL is refused', async () => {
    const { status, error } = await call({ url: `http://user:pass@${odoo.host}` });
    expect([status, error?.code]).toEqual([400, 'credentials_in_url']);
  });
});
