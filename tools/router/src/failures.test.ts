import { openIngress } from '@odoobo/ingress';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { statePath } from './control.js';
import {
  answering,
  configWith,
  cookieOf,
  nowhere,
  open,
  secret,
  send,
  startService,
} from './router.test.helper.js';

describe('a canary that refuses connections', () => {
  it.each(['GET', 'POST'])(
    'costs no client its %s: what is live answers, and the canary is out',
    async (method) => {
      const [live, canary] = [await answering('live'), await nowhere()];
      const { router, events } = await open(configWith({ live, canary, weight: 50 }));
      for (let i = 0; i < 200; i++) {
        const answer = await send(router, { method, ...(method === 'POST' && { body: 'x' }) });
        expect([answer.status, answer.body, answer.headers['x-skill-variant']]).toEqual([
          200,
          'live',
          'live',
        ]);
      }
      const { out, weight, variants } = router.state;
      expect(out?.because).toMatch(/^The canary fails more often/);
      expect([weight, variants.canary.failures]).toEqual([0, variants.canary.requests]);
      expect(events).toEqual([{ event: 'out', data: out }]);
    },
  );
});

describe('a canary that breaks off', () => {
  it('gets no POST twice, nor does what is live; a GET is answered by what is live', async () => {
    const seen: string[] = [];
    const note = (where: string) =>
      startService((request, response) => {
        seen.push(`${where} ${request.method}`);
        if (where === 'canary') request.on('end', () => request.socket.destroy()).resume();
        else response.end(where);
      });
    const [live, canary] = [await note('live'), await note('canary')];
    const to = { to: 'canary' as const, path: '/' };
    const { router } = await open(configWith({ live: live.url, canary: canary.url, matches: [to] }));
    expect((await send(router, { method: 'POST', body: 'x' })).status).toBe(502);
    expect((await send(router)).body).toBe('live');
    expect(seen).toEqual(['canary POST', 'canary GET', 'live GET']);
  });
});

describe('a canary that fails every request', () => {
  it('is out after at most 5 of them, and every later request goes to what is live', async () => {
    const live = await answering('live');
    const { url: canary } = await startService((_, response) => response.writeHead(500).end('canary'));
    const { router, events } = await open(configWith({ live, canary, weight: 10 }));
    const failed: number[] = [];
    for (let i = 0; i < 500; i++) if ((await send(router)).status === 500) failed.push(i);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(5);
    expect(events.map(({ event }) => event)).toEqual(['out']);
    // Not by a new weight either, nor by a cookie or a match.
    router.configure(configWith({ live, canary, weight: 100, matches: [{ to: 'canary', path: '/' }] }));
    expect((await send(router)).body).toBe('live');
    router.configure(configWith({ live, canary, weight: 100, rollout: 'two' }));
    expect((await send(router)).body).toBe('canary');
  });
});

describe('a canary that fails every request, of many at once', () => {
  const failing = async (): Promise<{ live: string; canary: string }> => {
    const { url } = await startService(
      (_, response) => void setTimeout(() => response.writeHead(500).end(), 50),
    );
    return { live: await answering('live'), canary: url };
  };
  const user = (index: number) => ({ 'x-user': `${index}` });
  const match = { to: 'canary' as const, header: { name: 'x-team', value: 'ours' } };

  it.each([
    ['clients that a header tells apart', { weight: 50, stickyBy: { header: 'X-User' } }, user],
    ['all clients from the first step on', { steps: [{ weight: 100, for: '1h' }] }, () => ({})],
    ['clients of a match, and no others', { matches: [match] }, () => ({ 'x-team': 'ours' })],
  ])('costs %s at most 5', async (_, rest, headersOf) => {
    for (const routers of process.env['NIGHTLY'] ? [1, 2] : [2]) {
      const platform = await openIngress({ port: 0, app: 'shop' });
      onTestFinished(() => platform.close());
      const config = configWith({ ...(await failing()), ...rest, routers, peers: platform.url });
      const opened = await Promise.all(Array.from({ length: routers }, () => open(config)));
      const traffic = {
        deployment: 'one',
        rules: [{ path: { prefix: '/' }, to: { component: 'router', preservePathPrefix: true } }],
        components: new Map([['router', { ports: opened.map(({ router }) => router.port) }]]),
      };
      await platform.switchTo(traffic, { drainMs: 0 });
      let failed = 0;
      const ask = async (client: number): Promise<void> => {
        // Until it is out, and then some.
        for (let i = 0, after = 0; after < 3 && i < 500; i++) {
          if (opened.every(({ router }) => router.state.phase === 'out')) after++;
          if ((await send(platform, { headers: headersOf(500 * client + i) })).status === 500) failed++;
        }
      };
      await Promise.all(Array.from({ length: 16 }, (__, client) => ask(client)));
      expect(failed).toBeGreaterThan(0);
      expect(failed).toBeLessThanOrEqual(5);
      await expect
        .poll(() => opened.map(({ router }) => router.state.phase), { timeout: 5_000 })
        .toEqual(opened.map(() => 'out'));
    }
  });
});

describe('a match', () => {
  const team = { 'x-team': 'ours' };
  const matches = [
    { to: 'canary' as const, header: { name: 'x-test', value: 'a' }, isTest: true },
    { to: 'canary' as const, header: { name: 'x-team', value: 'ours' } },
  ];

  it('leads to what is live while the canary has answered none and has one on its way, but for a test', async () => {
    let answer: (() => void) | undefined;
    const { url: canary, server } = await startService((request, response) => {
      if (request.url === '/slow') answer = () => response.end('canary');
      else response.end('canary');
    });
    const { router } = await open(configWith({ live: await answering('live'), canary, matches }));
    const slow = send(router, { headers: team, path: '/slow' });
    await once(server, 'request');
    expect((await send(router, { headers: team })).body).toBe('live');
    expect((await send(router, { headers: { 'x-test': 'a' } })).body).toBe('canary');
    answer?.();
    expect((await slow).body).toBe('canary');
    const many = await Promise.all(Array.from({ length: 20 }, () => send(router, { headers: team })));
    expect(new Set(many.map(({ body }) => body))).toEqual(new Set(['canary']));
  });

  it('keeps leading to a canary that fails some requests, of which the verdict takes none', async () => {
    const { url: canary } = await startService(({ url }, response) =>
      response.writeHead(url === '/' ? 200 : 500).end('canary'),
    );
    const { router } = await open(configWith({ live: await answering('live'), canary, matches }));
    for (let i = 0; i < 10; i++) await send(router, { headers: team, path: i === 0 ? '/' : '/broken' });
    expect((await send(router, { headers: team })).body).toBe('canary');
    expect(router.state.out).toBeNull();
  });
});

describe('a canary that one router has put out', () => {
  it('is out at the others, too, if they serve the same rollout', async () => {
    const live = await answering('live');
    const { url: canary } = await startService((_, response) => response.writeHead(500).end('canary'));
    const { router: first } = await open(configWith({ live, canary, weight: 20 }));
    const others = await Promise.all(
      ['one', 'two'].map((rollout) =>
        open(configWith({ live, canary, weight: 20, rollout, peers: first.url })),
      ),
    );
    for (let i = 0; i < 200 && !first.state.out; i++) await send(first);
    const because = first.state.out?.because;
    const [same, other] = others;
    await expect
      .poll(() => same?.router.state.out, { timeout: 10_000 })
      .toEqual({
        at: first.state.out?.at,
        because: `Another router found it: ${because}`,
        isPlanned: false,
      });
    expect(same?.events.map(({ event }) => event)).toEqual(['out']);
    expect(other?.router.state.out).toBeNull();
    expect(first.state.variants.live.requests).toBeGreaterThan(0);
  });
});

describe('several routers', () => {
  it.each([
    [2, 10],
    [3, 10],
    [3, 50],
  ])(
    'put out a canary that fails every request after at most 5 of them: %d routers at a weight of %d',
    async (count, weight) => {
      const platform = await openIngress({ port: 0, app: 'shop' });
      onTestFinished(() => platform.close());
      const live = await answering('live');
      const { url: canary } = await startService((_, response) => response.writeHead(500).end('canary'));
      const config = configWith({ live, canary, weight, peers: platform.url, routers: count });
      const opened = await Promise.all(Array.from({ length: count }, () => open(config)));
      const traffic = {
        deployment: 'one',
        rules: [{ path: { prefix: '/' }, to: { component: 'router', preservePathPrefix: true } }],
        components: new Map([['router', { ports: opened.map(({ router }) => router.port) }]]),
      };
      await platform.switchTo(traffic, { drainMs: 0 });
      let failed = 0;
      const areOut = () => opened.every(({ router }) => router.state.phase === 'out');
      const ask = async (): Promise<void> => {
        while (!areOut()) if ((await send(platform)).status === 500) failed++;
      };
      await Promise.all([ask(), ask(), ask(), ask()]);
      expect(failed).toBeGreaterThan(0);
      expect(failed).toBeLessThanOrEqual(5);
      // What each says is what all have seen.
      await expect
        .poll(() => new Set(opened.map(({ router }) => router.state.variants.canary.failures)), {
          timeout: 10_000,
        })
        .toEqual(new Set([failed]));
    },
  );
});

describe('a client that leaves before its answer begins', () => {
  /** A canary that never answers, beside what is live and has answered 120 requests in 100 ms each. */
  async function openHanging() {
    const { url: live } = await startService(
      (_, response) => void setTimeout(() => response.end('live'), 100),
    );
    const { url: canary, server } = await startService(() => undefined);
    const matches = [{ to: 'live' as const, header: { name: 'x-try', value: 'live' } }];
    const { router } = await open(configWith({ live, canary, weight: 100, matches }));
    await Promise.all(Array.from({ length: 120 }, () => send(router, { headers: { 'x-try': 'live' } })));
    const slowest = router.state.variants.live.times.at(-1)?.upTo ?? 0;
    /** Leaves so many milliseconds after the canary has the request. */
    const leaveAfter = async (ms: number): Promise<void> => {
      const leaving = new AbortController();
      server.once('request', () => setTimeout(() => leaving.abort(), ms));
      await expect(fetch(router.url, { signal: leaving.signal })).rejects.toThrow();
    };
    return { router, slowest, leaveAfter };
  }

  it('has waited in vain when that took longer than nearly all answers of live: that is a failure', async () => {
    const { router, slowest, leaveAfter } = await openHanging();
    await leaveAfter(slowest + 300);
    await expect
      .poll(() => router.state.variants.canary)
      .toMatchObject({ requests: 1, failures: 1, left: 0 });
  });

  it('says nothing of a variant when it leaves sooner: it may have gone to another page', async () => {
    const { router, leaveAfter } = await openHanging();
    for (let left = 1; left <= 20; left++) {
      await leaveAfter(0);
      await expect
        .poll(() => router.state.variants.canary, { interval: 5 })
        .toMatchObject({ requests: 0, failures: 0, left });
    }
    expect(router.state.out).toBeNull();
  });
});

describe('what the platform in front says of a client', () => {
  it('reaches the service as it came', async () => {
    const { url } = await startService(({ headers }, response) => {
      response.end(
        [headers['x-forwarded-for'], headers['x-forwarded-proto'], headers.host, headers.via].join(' '),
      );
    });
    const { router } = await open(configWith({ live: url, canary: url }));
    const headers = { host: 'shop.example', 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' };
    expect((await send(router, { headers })).body).toBe('192.0.2.1 https shop.example 1.1 skill-router');
    expect((await send(router, { headers: { host: 'shop.example' } })).body).toBe(
      '127.0.0.1 http shop.example 1.1 skill-router',
    );
  });
});

describe('what is live', () => {
  it('is not repeated on the canary when it breaks off', async () => {
    const { url: live } = await startService((request) => request.socket.destroy());
    const { router } = await open(configWith({ live, canary: await answering('canary') }));
    expect((await send(router)).status).toBe(502);
    expect(router.state.variants.canary.requests).toBe(0);
  });
});

describe('the state', () => {
  it('is for who has the secret; for all others the path belongs to the service', async () => {
    const { router } = await open(
      configWith({ live: await answering('live'), canary: await answering('canary'), weight: 0 }),
    );
    const read = (authorization?: string) =>
      send(router, { path: statePath, ...(authorization && { headers: { authorization } }) });
    expect((await read()).body).toBe('live');
    expect((await read(`Bearer ${secret}x`)).body).toBe('live');
    const state = JSON.parse((await read(`Bearer ${secret}`)).body);
    expect(state).toMatchObject({
      rollout: 'one',
      weight: 0,
      out: null,
      variants: { live: { requests: 2 } },
    });
  });
});

describe('a change of the addresses', () => {
  it('loses no request, in progress or new', async () => {
    let answer: (() => void) | undefined;
    const slow = await startService((_, response) => {
      answer = () => response.end('first');
    });
    const canary = await answering('canary');
    const { router } = await open(configWith({ live: slow.url, canary }));
    const asked = send(router);
    await once(slow.server, 'request');
    router.configure(configWith({ live: await answering('second'), canary }));
    expect((await send(router)).body).toBe('second');
    answer?.();
    expect((await asked).body).toBe('first');
  });
});

describe('cookies of an earlier rollout', () => {
  it('are replaced, so that not the same clients are first each time', async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const { router } = await open(configWith({ live, canary, weight: 50 }));
    const cookie = cookieOf(await send(router));
    router.configure(configWith({ live, canary, weight: 50, rollout: 'two' }));
    expect(cookieOf(await send(router, { headers: { cookie } }))).not.toBe('');
  });
});
