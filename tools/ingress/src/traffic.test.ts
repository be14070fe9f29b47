import { describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { send, startIngress, startService } from './ingress.test.helper.js';
import type { Rule, Traffic } from './traffic.js';

/** An ingress to two services that say who they are and what they see. */
async function startRules(...rules: Rule[]): Promise<Ingress> {
  const { ingress } = await startTraffic(...rules);
  return ingress;
}

async function startTraffic(...rules: Rule[]): Promise<{ ingress: Ingress; traffic: Traffic }> {
  const ingress = await startIngress();
  const components = new Map<string, { ports: number[] }>();
  for (const name of ['web', 'api']) {
    const { port } = await startService((request, response) => {
      response.setHeader('access-control-allow-origin', 'what the service says');
      response.setHeader('x-own', 'kept');
      response.end(`${name} ${request.url}`);
    });
    components.set(name, { ports: [port] });
  }
  const traffic = { deployment: 'one', rules, components };
  await ingress.switchTo(traffic, { drainMs: 0 });
  return { ingress, traffic };
}

const toWeb: Rule = { path: { prefix: '/' }, to: { component: 'web', preservePathPrefix: false } };
const toApi: Rule = { path: { prefix: '/api' }, to: { component: 'api', preservePathPrefix: false } };

describe('the rules of an app', () => {
  it('route each request to its component, without the trimmed prefix', async () => {
    const ingress = await startRules(toWeb, toApi);
    expect((await send(ingress, { path: '/api/list?a=b' })).body).toBe('api /list?a=b');
    expect((await send(ingress, { path: '/apix' })).body).toBe('web /apix');
  });

  it('answer 404 if none matches, and 503 if the component has no instance', async () => {
    const { ingress, traffic } = await startTraffic(toApi);
    expect(await send(ingress, { path: '/other' })).toMatchObject({
      status: 404,
      body: JSON.stringify({
        id: 'not_found',
        message: 'App "pr-review" has no ingress rule for "/other".',
      }),
    });
    await ingress.setInstances(traffic, 'api', []);
    expect(await send(ingress, { path: '/api' })).toMatchObject({
      status: 503,
      body: expect.stringContaining('No instance of component \\"api\\" of app \\"pr-review\\" runs'),
    });
  });

  it.each([
    [{ uri: '/new' }, 302, 'http://localhost:1/new?a=b'],
    [{ uri: '/new?c', code: 308 }, 308, 'http://localhost:1/new?c'],
    [{ authority: 'example.com' }, 302, 'https://example.com/old/x?a=b'],
    [{ authority: 'example.com', scheme: 'http' as const, port: 81 }, 302, 'http://example.com:81/old/x?a=b'],
    [{ port: 8443, scheme: 'https' as const }, 302, 'https://localhost:8443/old/x?a=b'],
    [{ uri: 'a\r\nset-cookie: b' }, 302, 'http://localhost:1/a%0D%0Aset-cookie:%20b?a=b'],
  ])('redirect as %j says', async (redirect, status, location) => {
    const ingress = await startRules({
      path: { prefix: '/old' },
      to: { redirect: { code: 302, ...redirect } },
    });
    const answer = await send(ingress, { path: '/old/x?a=b', headers: { host: 'localhost:1' } });
    expect(answer).toMatchObject({ status, headers: { location } });
  });
});

describe('the CORS policy of a rule', () => {
  const cors = {
    allow_origins: [{ exact: 'https://a.example' }, { prefix: 'http://b.' }, { regex: '.*\\.c\\.example' }],
    allow_methods: ['GET', 'PUT'],
    allow_headers: ['X-Custom'],
    expose_headers: ['X-Own'],
    max_age: '1h30m',
    allow_credentials: true,
  };
  const preflight = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };

  it('answers a preflight without the service', async () => {
    const ingress = await startRules({ ...toWeb, cors });
    const answer = await send(ingress, { method: 'OPTIONS', headers: preflight });
    expect(answer).toMatchObject({
      status: 200,
      body: '',
      headers: {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-headers': 'X-Custom',
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '5400',
        vary: 'Origin',
      },
    });
  });

  it.each(['https://a.example', 'http://b.example', 'https://x.c.example'])('allows %s', async (origin) => {
    const answer = await send(await startRules({ ...toWeb, cors }), { headers: { origin } });
    expect(answer).toMatchObject({
      status: 200,
      body: 'web /',
      headers: {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'X-Own',
        'x-own': 'kept',
      },
    });
  });

  it.each(['https://a.example.evil', 'https://b.example', 'https://x.c.example.evil', 'null'])(
    'leaves %s to the service',
    async (origin) => {
      const ingress = await startRules({ ...toWeb, cors });
      const headers = { 'access-control-allow-origin': 'what the service says' };
      expect(await send(ingress, { headers: { origin } })).toMatchObject({ headers });
      const asked = await send(ingress, { method: 'OPTIONS', headers: { ...preflight, origin } });
      expect(asked).toMatchObject({ body: 'web /', headers });
    },
  );

  it("also applies to the ingress's own responses", async () => {
    const { ingress, traffic } = await startTraffic({ ...toWeb, cors });
    await ingress.setInstances(traffic, 'web', []);
    expect(await send(ingress, { headers: { origin: 'http://b.c' } })).toMatchObject({
      status: 503,
      headers: { 'access-control-allow-origin': 'http://b.c' },
    });
  });

  it('cannot block the platform with its pattern', async () => {
    const slow = { allow_origins: [{ regex: '(a+)+(a|aa)+(a|a?)+' }, { regex: '(?:a?){999}a{999}' }] };
    const ingress = await startRules({ ...toWeb, cors: slow });
    const origins = [`${'a'.repeat(299)}!`, 'a'.repeat(15_000)];
    const answers = origins.map((origin) => send(ingress, { headers: { origin } }));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([{ allow_methods: ['GET\r\nx: y'] }, { max_age: '1d' }, { allow_origins: [{ regex: '(' }] }])(
    'is refused before it is live if it is invalid: %j',
    async (wrong) => {
      const ingress = await startRules(toWeb);
      const traffic = { deployment: 'two', rules: [{ ...toWeb, cors: wrong }], components: new Map() };
      await expect(ingress.switchTo(traffic, { drainMs: 0 })).rejects.toThrow('expected');
      expect((await send(ingress)).body).toBe('web /');
    },
  );
});

it('counts the bytes of the bodies it sends, by day', async () => {
  const ingress = await startRules(toWeb);
  const { body } = await send(ingress, { path: '/count' });
  await send(ingress, { method: 'HEAD' });
  expect([...ingress.bytesSent.values()]).toEqual([body.length]);
  expect([...ingress.bytesSent.keys()][0]).toMatch(/^\d{4}-\d\d-\d\d$/);
});
