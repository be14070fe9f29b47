import { callSkill, closedHost, contractProblems } from '@odoobo/skill-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { secretKey } from './odoo-model.fixture.js';
import { OdooServer } from './odoo-server.fixture.js';
import { odooSkill, skill } from './skill.js';

let odoo: OdooServer;

beforeEach(async () => {
  odoo = await OdooServer.start();
});

afterEach(() => odoo.close());

const account = { database: 'demo', login: 'admin', key: secretKey };
const read = { operation: 'search_read', model: 'res.partner', fields: ['name'], limit: 1 };

/** Calls the skill against the server of the test, which is allowed unless `env` says otherwise. */
function call(input: object, env: NodeJS.ProcessEnv = {}, timeoutMs?: number) {
  const allowed = { ODOO_ALLOWED_HOSTS: odoo.host, ...env };
  return callSkill(odooSkill(allowed, timeoutMs), {
    url: `http://${odoo.host}`,
    ...account,
    ...read,
    ...input,
  });
}

describe('odoo-rpc', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('authenticates, calls the method and answers with its result', async () => {
    const { status, output } = await call({});
    const result = [{ id: 1, name: 'Azure Interior' }];
    expect([status, output]).toEqual([200, { uid: 2, result, next_offset: 1 }]);
    expect(odoo.calls).toEqual(['POST /jsonrpc common.authenticate', 'POST /jsonrpc object.execute_kw']);
  });

  it.each([
    ['jsonrpc', 'POST /erp/jsonrpc common.authenticate'],
    ['json2', 'POST /erp/json/2/res.partner/search_read'],
  ])('finds Odoo below a path by %s, whatever its slashes and query', async (protocol, first) => {
    const login = protocol === 'json2' ? undefined : account.login;
    await call({ url: `http://${odoo.host}/erp/?debug=1#x`, protocol, login });
    expect(odoo.calls[0]).toBe(first);
  });

  it('reports a wrong database', async () => {
    const { status, error } = await call({ database: 'none' });
    expect([status, error?.code]).toEqual([422, 'database_error']);
  });
});

describe('a session', () => {
  const executed = 'POST /jsonrpc object.execute_kw';
  const authenticated = 'POST /jsonrpc common.authenticate';

  it('authenticates once', async () => {
    const session = odooSkill({ ODOO_ALLOWED_HOSTS: odoo.host });
    const input = { url: `http://${odoo.host}`, ...account, ...read };
    for (let i = 0; i < 3; i++) expect((await callSkill(session, input)).output?.uid).toBe(2);
    expect(odoo.calls).toEqual([authenticated, executed, executed, executed]);
  });

  it('is not shared between keys, logins and databases', async () => {
    const session = odooSkill({ ODOO_ALLOWED_HOSTS: odoo.host });
    const input = { url: `http://${odoo.host}`, ...account, ...read };
    expect((await callSkill(session, input)).status).toBe(200);
    for (const other of [{ key: 'wrong' }, { login: 'nobody' }]) {
      expect((await callSkill(session, { ...input, ...other })).error?.code).toBe('access_denied');
    }
    expect((await callSkill(session, { ...input, database: 'none' })).error?.code).toBe('database_error');
    expect(odoo.calls).toEqual([authenticated, executed, ...Array<string>(3).fill(authenticated)]);
  });

  it('is started again when the user has another id, as after a restored backup', async () => {
    const session = odooSkill({ ODOO_ALLOWED_HOSTS: odoo.host });
    const input = { url: `http://${odoo.host}`, ...account, ...read };
    await callSkill(session, input);
    odoo.uid = 7;
    expect((await callSkill(session, input)).output?.uid).toBe(7);
    expect(odoo.calls.slice(2)).toEqual([executed, authenticated, executed]);
  });

  it('ends with the error of Odoo when the key is revoked', async () => {
    const session = odooSkill({ ODOO_ALLOWED_HOSTS: odoo.host });
    const input = { url: `http://${odoo.host}`, ...account, ...read };
    await callSkill(session, input);
    odoo.revoked = true;
    for (let i = 0; i < 2; i++) expect((await callSkill(session, input)).error?.code).toBe('access_denied');
    expect(odoo.calls.slice(2)).toEqual([executed, authenticated, authenticated]);
  });

  it('keeps its connection', async () => {
    const session = odooSkill({ ODOO_ALLOWED_HOSTS: odoo.host });
    const input = { url: `http://${odoo.host}`, ...account, ...read };
    for (let i = 0; i < 3; i++) await callSkill(session, input);
    expect(odoo.connections).toBe(1);
  });
});

describe('the default key', () => {
  it("is the operator's, for a host named in full", async () => {
    expect((await call({ key: undefined }, { ODOO_API_KEY: secretKey })).status).toBe(200);
  });

  it('is asked for when the operator has none', async () => {
    const { status, error } = await call({ key: undefined });
    expect([status, error?.code, error?.details?.[0]?.path]).toEqual([400, 'key_missing', 'input/key']);
    expect(odoo.calls).toEqual([]);
  });

  it('does not go to a host that only a wildcard allows', async () => {
    const env = { ODOO_ALLOWED_HOSTS: '*.odoo.com', ODOO_API_KEY: secretKey };
    const { status, error } = await call({ url: 'https://anybody.odoo.com', key: undefined }, env);
    expect([status, error?.code]).toEqual([400, 'key_missing']);
    expect(JSON.stringify(error)).not.toContain(secretKey);
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
    expect(error?.message).toMatch(
      /Add "127\.0\.0\.1:\d+" to it: an entry without a port allows only the default one/,
    );
    expect(error?.message).toContain('ODOO_ALLOWED_HOSTS');
    expect(odoo.calls).toEqual([]);
  });

  it('are reported to the operator if the list is malformed', async () => {
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
    expect([status, error?.code]).toEqual([504, 'timeout']);
  });

  it('a connection that breaks off is reported as such', async () => {
    const { status, error } = await instead((request) => {
      request.socket.destroy();
    });
    expect([status, error?.code]).toEqual([502, 'unreachable']);
    expect(error?.message).toContain('ECONNRESET');
  });

  it('a port on which nothing listens is reported as such', async () => {
    const host = await closedHost();
    const { status, error } = await call({ url: `http://${host}` }, { ODOO_ALLOWED_HOSTS: host });
    expect([status, error?.code]).toEqual([502, 'unreachable']);
    expect(error?.message).toContain('ECONNREFUSED');
  });
});

describe('input', () => {
  const execute = { operation: 'execute', method: 'echo', fields: undefined, limit: undefined };

  it.each([
    ['no operation', { operation: undefined }, 'operation'],
    ['an unknown operation', { operation: 'drop' }, 'operation'],
    ['a field of another operation', { ids: [1] }, ''],
    ['a private method', { ...execute, method: '_write' }, 'method'],
    ['a method with dots', { ...execute, method: 'a.b' }, 'method'],
    ['arguments that are no list', { ...execute, args: {} }, 'args'],
    ['a model with spaces', { model: 'res partner' }, 'model'],
    ['an order that is more than one', { order: 'id; drop table' }, 'order'],
    ['a page without end', { limit: 1_000_000 }, 'limit'],
    ['no login for JSON-RPC', { login: undefined }, 'login'],
    ['arguments by place for JSON-2', { ...execute, protocol: 'json2', args: [1] }, 'args'],
    ['a key that is no header', { protocol: 'json2', key: 'a\r\nx: y' }, 'key'],
    ['no URL', { url: 'odoo' }, 'url'],
    ['a file URL', { url: 'file:///etc/passwd' }, 'url'],
    ['credentials in the URL', { url: 'http://user:pass@odoo.example.com' }, 'url'],
  ])('with %s is refused', async (_name, input, field) => {
    const { status, error } = await call(input);
    const paths = error?.details?.map(({ path }) => path);
    expect([status, paths]).toEqual([400, [['input', field].filter(Boolean).join('/')]]);
    expect(odoo.calls).toEqual([]);
  });
});
