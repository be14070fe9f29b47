import { describe, expect, it } from 'vitest';
import { hastyClock, ManualClock } from '../clocks.test.helper.js';
import { AppPlatformClient } from './client.js';
import { RateLimiter } from './limiter.js';
import {
  app,
  exampleSpec,
  failure,
  type Handler,
  json,
  serve,
  thenGood,
  tokenPattern,
} from './serve.test.helper.js';

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
