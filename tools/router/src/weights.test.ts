import { describe, expect, it } from 'vitest';
import { Places } from './places.js';
import {
  answering,
  configWith,
  cookieOf,
  open,
  secret,
  send,
  startService,
  trust,
} from './router.test.helper.js';

const requests = process.env['NIGHTLY'] ? 10_000 : 2_000;

/** How many of the next places of new clients are below a weight, in percent. */
function shareBelow(places: Places, weight: number, clients: number): number {
  const request = { headers: {} } as Parameters<Places['of']>[0];
  let below = 0;
  for (let i = 0; i < clients; i++)
    if (places.of(request, Math.round(weight * 10)).variant === 'canary') below++;
  return (100 * below) / clients;
}

describe('the share of the canary', () => {
  it.each([0.1, 1, 12.5, 33.3, 50, 99.9])(
    'is %f percent of 10,000 new clients, to 0.1 of a percent',
    (weight) => {
      for (let round = 0; round < 20; round++) {
        const places = new Places({ rollout: `rollout ${round}`, stickyBy: 'cookie' }, secret);
        expect(Math.abs(shareBelow(places, weight, 10_000) - weight)).toBeLessThan(0.1);
      }
    },
  );

  it(`is what was asked for over ${requests} requests through a router`, { timeout: 60_000 }, async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const { router } = await open(configWith({ live, canary, weight: 33.3 }));
    let canaries = 0;
    for (let sent = 0; sent < requests; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => send(router)));
      canaries += answers.filter(({ body }) => body === 'canary').length;
    }
    expect(Math.abs((100 * canaries) / requests - 33.3)).toBeLessThan(0.5);
    const { variants } = router.state;
    expect([variants.live.requests, variants.canary.requests]).toEqual([requests - canaries, canaries]);
    expect(variants.canary.times.reduce((sum, { requests }) => sum + requests, 0)).toBe(canaries);
  });

  it('is nothing at weight 0, and everything at 100', async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const { router } = await open(configWith({ live, canary, weight: 0 }));
    const seen = async (): Promise<string[]> => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => send(router)));
      return [...new Set(answers.map(({ body }) => body))];
    };
    expect(await seen()).toEqual(['live']);
    router.configure(configWith({ live, canary, weight: 100 }));
    await trust(router);
    expect(await seen()).toEqual(['canary']);
  });
});

describe('a client', () => {
  it.each(['cookie', 'header'] as const)(
    'known by its %s never goes back while the weight grows, whichever of three routers it reaches',
    { timeout: 60_000 },
    async (by) => {
      const [live, canary] = [await answering('live'), await answering('canary')];
      const stickyBy = by === 'cookie' ? by : { header: 'X-User' };
      const at = (weight: number) => configWith({ live, canary, weight, stickyBy });
      const routers = await Promise.all([1, 2, 3].map(async () => (await open(at(100))).router));
      for (const router of routers) await trust(router);
      const clients = Array.from({ length: 100 }, (_, index) => ({
        headers: { 'x-user': `user ${index}` } as Record<string, string>,
        seen: [] as string[],
      }));
      for (const weight of [1, 10, 50, 100]) {
        for (const router of routers) router.configure(at(weight));
        for (const router of routers) {
          await Promise.all(
            clients.map(async (client) => {
              const answer = await send(router, { headers: client.headers });
              const cookie = cookieOf(answer);
              if (cookie) client.headers = { ...client.headers, cookie };
              client.seen.push(answer.body);
            }),
          );
        }
        const shares = routers.map(
          (_, i) => clients.filter(({ seen }) => seen.at(-1 - i) === 'canary').length,
        );
        expect(new Set(shares).size).toBe(1);
        expect(Math.abs((shares[0] ?? 0) - weight)).toBeLessThanOrEqual(by === 'cookie' ? 2 : 12);
      }
      for (const { seen } of clients) {
        const first = seen.indexOf('canary');
        expect(seen.slice(first)).toEqual(seen.slice(first).map(() => 'canary'));
      }
    },
  );

  it('gets a cookie that scripts cannot read and others cannot forge, and keeps it', async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const { router } = await open(configWith({ live, canary, weight: 50 }));
    const first = await send(router, {
      headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' },
    });
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /^skill-variant=\d+c?\.[\w-]{22}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/,
    );
    const cookie = cookieOf(first);
    const again = await send(router, { headers: { cookie: `a=b; ${cookie}` } });
    expect([again.body, again.headers['set-cookie']]).toEqual([first.body, undefined]);
    const forged = await send(router, { headers: { cookie: cookie.replace(/=\d+/, '=0') + 'x' } });
    expect(cookieOf(forged)).toMatch(/^skill-variant=/);
  });

  it('keeps its cookies for the service, and the service its own for the client', async () => {
    const { url } = await startService((request, response) => {
      response.setHeader('set-cookie', ['mine=1']);
      response.end(`${request.headers.cookie} ${request.headers['x-skill-variant']}`);
    });
    const { router } = await open(configWith({ live: url, canary: url, weight: 50 }));
    const answer = await send(router, { headers: { cookie: 'basket=3', 'x-skill-variant': 'forged' } });
    expect(answer.body).toMatch(/^basket=3 (live|canary)$/);
    expect(answer.body).toContain(answer.headers['x-skill-variant']);
    expect(answer.headers['set-cookie']).toEqual(['mine=1', expect.stringMatching(/^skill-variant=/)]);
  });
});

describe('a match', () => {
  it('sends a request by header, cookie or path to one of the two, at any weight', async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const { router } = await open(
      configWith({
        live,
        canary,
        matches: [
          { to: 'live', cookie: { name: 'group', value: 'old' } },
          { to: 'canary', header: { name: 'X-Try', value: 'canary' } },
          { to: 'canary', cookie: { name: 'group', value: 'new' } },
          { to: 'canary', path: '/beta' },
        ],
      }),
    );
    const body = async (headers: Record<string, string>, path = '/') =>
      (await send(router, { headers, path })).body;
    expect(await body({})).toBe('live');
    expect(await body({ 'x-try': 'canary' })).toBe('canary');
    expect(await body({ 'x-try': 'Canary' })).toBe('live');
    expect(await body({ cookie: 'a=1; group=new' })).toBe('canary');
    expect(await body({ cookie: 'group=old', 'x-try': 'canary' })).toBe('live');
    expect(await body({}, '/beta/x?y=1')).toBe('canary');
    expect(await body({}, '/betamax')).toBe('live');
    expect(router.state.verdict.canary.requests).toBe(0);
  });
});
