import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { hastyClock, ManualClock } from '../clocks.test.helper.js';
import type { AppSpec } from '../spec/index.js';
import { AppPlatformClient, type AppPlatformClientOptions } from './client.js';
import { AppPlatformError } from './errors.js';
import { RateLimiter } from './limiter.js';

const tokenPattern = 'dop_v1_0123456789abcdef';
const exampleSpec: AppSpec = {
  name: 'app',
  services: [{ name: 'web', git: { repo_clone_url: 'https://x' } }],
};
const app = { id: 'id-1', spec: exampleSpec };

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A real server that misbehaves as the handler defines, and a client of it. */
async function serve(handler: Handler, options: Partial<AppPlatformClientOptions> = {}) {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    request.resume();
    request.on('end', () => handler(request, response, requests.length));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new AppPlatformClient({ url, token: tokenPattern, callTimeoutMs: 10_000, ...options });
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await client.close();
  });
  return { client, requests, headers, url };
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function failure(promise: Promise<unknown>): Promise<AppPlatformError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppPlatformError))
    throw new Error(`expected an AppPlatformError, got ${inspect(error)}`);
  return error;
}

/** Answers first with the test's handler, then with a good answer. */
function thenGood(first: Handler, then: unknown): Handler {
  return (request, response, count) =>
    count === 1 ? first(request, response, count) : json(response, 200, then);
}

describe('listing apps', () => {
  it('reads all pages, 200 a page, each app once', async () => {
    const { client, requests } = await serve((request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'));
      const apps = [
        { ...app, id: `id-${page}` },
        { ...app, id: `id-${page + 1}` },
      ];
      json(response, 200, { apps, links: page < 3 ? { pages: { next: 'more' } } : {}, meta: { total: 4 } });
    });
    expect((await client.listApps()).map(({ id }) => id)).toEqual(['id-1', 'id-2', 'id-3', 'id-4']);
    expect(requests).toEqual([1, 2, 3].map((page) => `GET /v2/apps?page=${page}&per_page=200`));
  });

  it('ends although the server always names a next page', async () => {
    const { client, requests } = await serve((_, response) =>
      json(response, 200, { apps: [app], links: { pages: { next: 'again' } } }),
    );
    expect(await client.listApps()).toHaveLength(1);
    expect(requests).toHaveLength(2);
  });

  it('takes a reply without apps for none', async () => {
    const { client } = await serve((_, response) => json(response, 200, { links: {}, meta: { total: 0 } }));
    expect(await client.listApps()).toEqual([]);
  });
});

/** Failures after which it is not known whether the request took effect. */
const failures: [string, Handler][] = [
  ['a broken connection', (request) => request.socket.destroy()],
  [
    'half a reply',
    (_, response) =>
      response.writeHead(200, { 'content-length': 99 }).write('{"app', () => response.destroy()),
  ],
  ['half a reply that claims to be whole', (_, response) => void response.end('{"app')],
  ['408', (_, response) => json(response, 408, { id: 'timeout', message: 'too slow' })],
  ['500', (_, response) => json(response, 500, { id: 'server_error', message: 'oops' })],
  ['503 with retry-after', (_, response) => json(response, 503, {}, { 'retry-after': '0' })],
];

describe.each(failures)('after %s', (_, fail) => {
  it('a read is repeated', async () => {
    const { client, requests } = await serve(thenGood(fail, { app }), { clock: hastyClock(10) });
    expect((await client.getApp('id-1')).id).toBe('id-1');
    expect(requests).toHaveLength(2);
  });

  it('a create, an update, a deployment and a rollback are not: they may have taken effect', async () => {
    const { client, requests } = await serve(fail);
    const errors = [
      await failure(client.createApp(exampleSpec)),
      await failure(client.updateApp('id-1', exampleSpec)),
      await failure(client.createDeployment('id-1')),
      await failure(client.rollback('id-1', 'd-1', { skipPin: true })),
      await failure(client.revertRollback('id-1')),
    ];
    expect(requests).toHaveLength(errors.length);
    expect(new Set(errors.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
  });
});

describe('429', () => {
  const busy: Handler = (_, response) =>
    json(
      response,
      429,
      { id: 'too_many_requests', message: 'API rate limit exceeded.' },
      { 'retry-after': '1' },
    );

  it('is repeated for a write too, no sooner than retry-after says', async () => {
    const { client, requests } = await serve(thenGood(busy, { app }));
    const start = Date.now();
    await client.createApp(exampleSpec);
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
    expect(requests).toHaveLength(2);
  });

  it('without retry-after is repeated after a backoff', async () => {
    const first: Handler = (_, response) => json(response, 429, { id: 'too_many_requests', message: 'no' });
    const { client } = await serve(thenGood(first, { app }));
    expect((await client.updateApp('id-1', exampleSpec)).id).toBe('id-1');
  });

  it('makes everyone wait that shares the limiter', async () => {
    const limiter = new RateLimiter();
    const first = await serve(busy, { limiter, callTimeoutMs: 500 });
    const second = await serve((_, response) => json(response, 200, { app }), { limiter });
    const start = Date.now();
    await failure(first.client.getApp('id-1'));
    await second.client.getApp('id-1');
    expect(Date.now() - start).toBeGreaterThanOrEqual(990);
  });

  it('is reported when the wait would be longer than the call may take', async () => {
    const long: Handler = (_, response) =>
      json(response, 429, { id: 'too_many_requests', message: 'hourly' }, { 'retry-after': '1800' });
    const { client } = await serve(long, { callTimeoutMs: 500 });
    const error = await failure(client.getApp('id-1'));
    expect(error).toMatchObject({ id: 'too_many_requests', status: 429 });
    expect(error.message).toContain('1800 s');
  });
});

describe('a bounded number of tries', () => {
  it('ends in the last error', async () => {
    const { client, requests } = await serve((_, response) =>
      json(response, 502, {}, { 'retry-after': '0' }),
    );
    expect(await failure(client.getApp('id-1'))).toMatchObject({ status: 502, tries: 5 });
    expect(requests).toHaveLength(5);
  });

  it('is cut short by the deadline of the call, with the last trouble named', async () => {
    const { client } = await serve(() => undefined, { callTimeoutMs: 200 });
    const error = await failure(client.getApp('id-1'));
    expect(error).toMatchObject({ id: 'deadline', method: 'GET', path: '/v2/apps/id-1' });
  });

  it('gives up a try on which the server falls silent', async () => {
    const { client } = await serve(
      thenGood(() => undefined, { app }),
      { tryTimeoutMs: 200 },
    );
    expect((await client.getApp('id-1')).id).toBe('id-1');
  });
});

describe('deleting', () => {
  it('is done when a repeated delete finds nothing', async () => {
    const { client, requests } = await serve((request, response, count) =>
      count === 1 ? request.socket.destroy() : json(response, 404, { id: 'not_found', message: 'gone' }),
    );
    await client.deleteApp('id-1');
    expect(requests).toEqual(['DELETE /v2/apps/id-1', 'DELETE /v2/apps/id-1']);
  });

  it('of what was never there is an error', async () => {
    const { client } = await serve((_, response) =>
      json(response, 404, { id: 'not_found', message: 'gone' }),
    );
    expect(await failure(client.deleteApp('id-1'))).toMatchObject({ status: 404, outcome: 'refused' });
  });
});

describe('errors', () => {
  it('say call, status, id, message and request', async () => {
    const { client } = await serve((_, response) =>
      json(response, 400, { id: 'bad_request', message: 'spec is wrong', request_id: 'r-1' }),
    );
    const error = await failure(client.createApp(exampleSpec));
    expect(error.message).toBe('POST /v2/apps: 400 bad_request: spec is wrong (request r-1)');
    expect(error).toMatchObject({ requestId: 'r-1', outcome: 'refused' });
  });

  it('say that a reply is not JSON, or not what is documented', async () => {
    const options = { clock: hastyClock(10) };
    const html = await serve((_, response) => void response.end('<html>Sign in</html>'), options);
    expect((await failure(html.client.getApp('id-1'))).message).toContain(
      'not valid JSON, or incomplete: <html>Sign in',
    );
    const empty = await serve((_, response) => void response.end(), options);
    expect((await failure(empty.client.getApp('id-1'))).message).toContain('the body is empty');
    const other = await serve((_, response) => json(response, 200, { app: { spec: exampleSpec } }));
    expect((await failure(other.client.getApp('id-1'))).message).toContain(
      'the reply does not have the documented form: app/id',
    );
  });

  it('say what to do about a server that is not there', async () => {
    const { client } = await serve(() => undefined, { url: 'http://127.0.0.1:1', clock: hastyClock(10) });
    const error = await failure(client.createApp(exampleSpec));
    expect(error).toMatchObject({ outcome: 'unsent', id: 'unreachable' });
    expect(error.message).toContain('Could not reach the platform at http://127.0.0.1:1 (ECONNREFUSED)');
    expect(error.message).toContain('npx local-platform start');
  });

  it('never follow a redirect, and so never carry the token elsewhere', async () => {
    const { client, requests } = await serve((_, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    expect((await failure(client.getApp('id-1'))).status).toBe(302);
    expect(requests).toHaveLength(1);
  });

  it('keep path parts in their place', async () => {
    const { client, requests } = await serve((_, response) => json(response, 404, {}));
    await failure(client.getApp('../droplets'));
    expect(requests).toEqual(['GET /v2/apps/..%2Fdroplets']);
  });
});

describe('a client that cannot work', () => {
  it.each([
    [{ url: 'localhost:4100', token: tokenPattern }, '"localhost:4100" is not the URL of a platform'],
    [{ url: 'http://', token: tokenPattern }, 'is not the URL of a platform'],
    [{ url: 'http://127.0.0.1:1', token: '' }, 'the token is empty'],
    [{ url: 'http://127.0.0.1:1', token: `${tokenPattern}\n` }, 'contains a space or a line break'],
  ])('says why when it is made: %o', (options, message) => {
    const make = () => new AppPlatformClient(options);
    expect(make).toThrow(message);
    expect(make).not.toThrow(tokenPattern);
  });
});

describe('a limit that is used up', () => {
  it('is reported after five minutes of waiting, and nothing was sent', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter({ clock });
    limiter.pauseUntil(clock.now() + 3_600_000);
    const { client, requests } = await serve((_, response) => json(response, 200, { app }), {
      clock,
      limiter,
    });
    const error = failure(client.createApp(exampleSpec));
    await clock.turn(300_000);
    expect(await error).toMatchObject({ id: 'rate_limited', outcome: 'unsent' });
    expect(requests).toEqual([]);
  });
});

describe('the token', () => {
  const echoes: [string, Handler][] = [
    [
      'a message',
      (_, response) => json(response, 401, { id: 'unauthorized', message: `bad ${tokenPattern}` }),
    ],
    ['a body that is no JSON', (_, response) => void response.end(`hello ${tokenPattern}`)],
    ['a body of an error that is no JSON', (_, response) => void response.writeHead(400).end(tokenPattern)],
    ['bytes that are no HTTP', (request) => void request.socket.end(`nonsense ${tokenPattern}\r\n\r\n`)],
    ['a broken connection', (request) => request.socket.destroy()],
  ];

  it.each(echoes)('is in no part of an error, whatever the server repeats: %s', async (_, handler) => {
    const { client, headers } = await serve(handler);
    const error = await failure(client.createApp(exampleSpec));
    expect(headers[0]?.authorization).toBe(`Bearer ${tokenPattern}`);
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      error.stack,
      JSON.stringify(error),
      String(error),
    ];
    for (const text of shown) expect(text).not.toContain(tokenPattern);
  });

  it('is not shown by the client itself', async () => {
    const { client } = await serve(() => undefined);
    expect(inspect(client, { depth: 20, showHidden: true })).not.toContain(tokenPattern);
  });

  it('is not sent to where a log is', async () => {
    const { client, headers, url } = await serve((_, response) => void response.end('line\n'));
    expect(await client.fetchLog({ historic_urls: [`${url}/signed?key=1`] })).toBe('line\n');
    expect(headers[0]?.authorization).toBeUndefined();
  });
});

describe('logs', () => {
  it('ask for the right URL at each level', async () => {
    const { client, requests } = await serve((_, response) => json(response, 200, { historic_urls: [] }));
    await client.getLogs({ appId: 'a', type: 'RUN', follow: true });
    await client.getLogs({ appId: 'a', deploymentId: 'd', type: 'BUILD' });
    await client.getLogs({ appId: 'a', deploymentId: 'd', component: 'c', type: 'DEPLOY', tailLines: 5 });
    expect(requests).toEqual([
      'GET /v2/apps/a/logs?type=RUN&follow=true',
      'GET /v2/apps/a/deployments/d/logs?type=BUILD',
      'GET /v2/apps/a/deployments/d/components/c/logs?type=DEPLOY&tail_lines=5',
    ]);
  });

  it('keep the end of a long one', async () => {
    const { client, url } = await serve((_, response) => void response.end('x'.repeat(5_000) + 'end'));
    expect(await client.fetchLog({ historic_urls: [url] }, { tailBytes: 5 })).toBe('xxend');
  });

  it('take what has come of one that never ends', async () => {
    const { client, url } = await serve((_, response) => void response.write('so far'));
    expect(await client.fetchLog({ historic_urls: [url] }, { withinMs: 200 })).toBe('so far');
  });
});

describe('an abort', () => {
  it('ends a call at once with its reason', async () => {
    const { client, requests } = await serve(() => undefined);
    const controller = new AbortController();
    const call = client.getApp('id-1', { signal: controller.signal });
    await expect.poll(() => requests.length).toBe(1);
    controller.abort(new Error('Ctrl-C'));
    await expect(call).rejects.toThrow('Ctrl-C');
  });
});

describe('a platform that has moved', () => {
  it('is found again, and a write that somebody else refused is sent once', async () => {
    const moved = await serve((_request, response) => json(response, 200, { app }));
    const locate = () => Promise.resolve(moved.url);
    const other = await serve(
      (_request, response) => json(response, 401, { id: 'unauthorized', message: 'Who?' }),
      {
        locate,
      },
    );
    expect((await other.client.createApp(exampleSpec)).id).toBe('id-1');
    expect((await other.client.getApp('id-1')).id).toBe('id-1');
    expect(other.requests).toEqual(['POST /v2/apps']);
    expect(moved.requests).toEqual(['POST /v2/apps', 'GET /v2/apps/id-1']);
  });

  it('is looked for when nothing answers, and its absence is reported as usual', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    closed.close();
    await once(closed, 'close');
    let asked = 0;
    const nowhere = () => {
      asked += 1;
      return Promise.resolve(undefined);
    };
    const client = new AppPlatformClient({
      url,
      token: tokenPattern,
      clock: hastyClock(10),
      locate: nowhere,
    });
    cleanups.push(() => client.close());
    expect(await failure(client.listApps())).toMatchObject({ outcome: 'unsent', tries: 5 });
    expect(asked).toBe(5);
  });

  it('that does not know the token either is reported as such', async () => {
    const unknown: Handler = (_request, response) =>
      json(response, 401, { id: 'unauthorized', message: 'Who?' });
    const moved = await serve(unknown);
    const locate = () => Promise.resolve(moved.url);
    const { client } = await serve(unknown, { clock: hastyClock(10), locate });
    expect(await failure(client.listApps())).toMatchObject({ status: 401, tries: 5 });
    expect(moved.requests).toHaveLength(4);
  });
});
