import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { noDigest, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';

const manual = { progression: 'manual' as const };

/** A call with any headers, Host and Origin too, which fetch sets by itself. */
function rawCall(test: TestPlatform, path: string, headers: Record<string, string>, body?: string) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const call = request(`${test.platform.url}${path}`, { method, headers }, async (response) => {
      const chunks = await response.setEncoding('utf8').toArray();
      resolve({ status: response.statusCode, body: chunks.join('') });
    });
    call.once('error', reject).end(body);
  });
}

describe('who may call', () => {
  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer x' }],
    ['another scheme', { authorization: 'Basic eDp4' }],
  ])('refuses %s with 401', async (_, headers) => {
    const test = await testPlatform(manual);
    const { status, body } = await rawCall(test, '/v2/apps', headers);
    expect(status).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ id: 'unauthorized', request_id: expect.any(String) as string });
  });

  it.each([
    ['a foreign host', { host: 'evil.example' }],
    ['the right name at another port', { host: '127.0.0.1:1' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an origin without a name', { origin: 'null' }],
    ['another port of this machine as origin', { origin: 'http://127.0.0.1:3000' }],
  ])('refuses %s with 403, even with the token', async (_, headers) => {
    const test = await testPlatform(manual);
    const authorization = `Bearer ${test.platform.token}`;
    const answer = await rawCall(test, '/v2/apps', { authorization, ...headers });
    expect(answer.status).toBe(403);
    const spec = specOf('shop', noDigest);
    const write = { authorization, 'content-type': 'application/json', ...headers };
    expect((await rawCall(test, '/v2/apps', write, JSON.stringify({ spec }))).status).toBe(403);
    expect((await test.call<{ apps: unknown[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });

  it("accepts localhost and the platform's own origin", async () => {
    const test = await testPlatform(manual);
    const { port } = new URL(test.platform.url);
    const authorization = `Bearer ${test.platform.token}`;
    for (const headers of [
      { host: `localhost:${port}` },
      { host: `[::1]:${port}` },
      { origin: test.platform.url },
    ]) {
      expect((await rawCall(test, '/v2/apps', { authorization, ...headers })).status).toBe(200);
    }
  });
});

describe('invalid calls', () => {
  it.each([
    ['GET', '/v2/appz', undefined, 404, /GET \/v2\/appz/],
    ['PATCH', '/v2/apps', undefined, 405, /GET, POST/],
    ['GET', '/v2/apps?per_page=201', undefined, 400, /per_page/],
    ['GET', '/v2/apps?page=-1', undefined, 400, /page/],
    ['POST', '/v2/apps', {}, 400, /spec/],
    ['POST', '/v2/apps', { spec: { name: 'A', colour: 'red' } }, 400, /name:.*colour|colour.*name:/],
    ['POST', '/v2/apps', { spec: specOf('shop', noDigest), specc: 1 }, 400, /specc/],
  ])('%s %s with body %j gets status %i', async (method, path, body, status, message) => {
    const test = await testPlatform(manual);
    const answer = await test.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toMatch(message);
  });

  it('ignores an unknown upgrade, as RFC 9110 allows; Java offers one with every call', async () => {
    const test = await testPlatform(manual);
    const headers = {
      authorization: `Bearer ${test.platform.token}`,
      'content-type': 'application/json',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
    };
    expect(await rawCall(test, '/v2/apps', headers)).toMatchObject({ status: 200 });
    const body = JSON.stringify({ spec: specOf('shop', noDigest) });
    expect(await rawCall(test, '/v2/apps', headers, body)).toMatchObject({ status: 200 });
  });

  it('answers 400 for invalid JSON, 415 for another media type, 413 for a body that is too large', async () => {
    const test = await testPlatform(manual);
    const authorization = `Bearer ${test.platform.token}`;
    const json = { authorization, 'content-type': 'application/json' };
    expect((await rawCall(test, '/v2/apps', json, '{"spec":')).status).toBe(400);
    expect((await rawCall(test, '/v2/apps', json, '{"__proto__":{"x":1}}')).status).toBe(400);
    expect((await rawCall(test, '/v2/apps', { ...json, 'content-type': 'text/html' }, '<p>')).status).toBe(
      415,
    );
    const tooMuch = await rawCall(test, '/v2/apps', json, JSON.stringify('x'.repeat(2_000_000)));
    expect(tooMuch).toMatchObject({ status: 413 });
  });
});

describe('injected faults', () => {
  it("responds with the fault's status, headers and body instead of executing the call", async () => {
    const body = { id: 'too_many_requests', message: 'slow down' };
    let faults = 1;
    const fault = () => (faults-- > 0 ? { status: 429, headers: { 'retry-after': '1' }, body } : undefined);
    const test = await testPlatform({ ...manual, fault });
    const answer = await test.call('POST', '/v2/apps', { spec: specOf('shop', noDigest) });
    expect(answer).toMatchObject({ status: 429, body });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await test.call<{ apps: unknown[] }>('GET', '/v2/apps')).body.apps).toEqual([]);
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('drops the connection %s the call took effect', async (drop, apps) => {
    const test = await testPlatform({
      ...manual,
      fault: ({ method }) => (method === 'POST' ? { drop } : undefined),
    });
    await expect(test.call('POST', '/v2/apps', { spec: specOf('shop', noDigest) })).rejects.toThrow(
      'fetch failed',
    );
    expect((await test.call<{ apps: unknown[] }>('GET', '/v2/apps')).body.apps).toHaveLength(apps);
  });

  it('cuts the body in half', async () => {
    const test = await testPlatform({ ...manual, fault: () => ({ truncate: true }) });
    await expect(test.call('GET', '/v2/apps')).rejects.toThrow(SyntaxError);
  });

  it("delays a call, but not beyond the platform's end", async () => {
    const test = await testPlatform({ ...manual, fault: () => ({ delayMs: 60_000 }) });
    const call = test.call('GET', '/v2/apps');
    const outcome = expect(call).rejects.toThrow('fetch failed');
    await test.platform.close();
    await outcome;
  });

  it('gets method, path and body, and the platform lists the calls in order', async () => {
    const seen: unknown[] = [];
    const test = await testPlatform({ ...manual, fault: (call) => void seen.push(call) });
    const spec = specOf('shop', noDigest);
    await test.call('GET', '/v2/apps?page=1');
    await test.call('POST', '/v2/apps', { spec });
    expect(seen).toEqual([
      { method: 'GET', path: '/v2/apps', body: undefined },
      { method: 'POST', path: '/v2/apps', body: { spec } },
    ]);
    expect(test.platform.requests).toEqual(['GET /v2/apps', 'POST /v2/apps']);
  });
});

it('refuses a second platform in the same folder', async () => {
  const test = await testPlatform(manual);
  await expect(testPlatform({ ...manual, directory: test.directory })).rejects.toThrow(
    /already runs in .* \(process \d+\)/,
  );
});
