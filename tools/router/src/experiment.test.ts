import { describe, expect, it } from 'vitest';
import type { RouterConfigInput } from './config.js';
import { answering, configWith, cookieOf, nowhere, open, send, startService } from './router.test.helper.js';

/** A service whose answers are worth 1 in so many of a hundred, and else 0. */
async function selling(percent: number): Promise<string> {
  let turn = 0;
  const { url } = await startService((_, response) => {
    response.setHeader('x-skill-outcome', (turn++ * 37) % 100 < percent ? '1' : '0').end(`sells ${percent}`);
  });
  return url;
}

const steps: RouterConfigInput['steps'] = [{ weight: 50, for: '1h' }];

describe('an experiment', () => {
  it('ends as soon as one variant is shown to be better, and leaves what is live as it was', async () => {
    const [live, canary] = [await selling(10), await selling(80)];
    const { router, events } = await open(
      configWith({ live, canary, steps, experiment: { better: 'higher' } }),
    );
    const cookies = new Map<string, string>();
    for (let i = 0; i < 3_000 && router.state.phase === 'going'; i++) {
      const answer = await send(router);
      cookies.set(cookieOf(answer), answer.body);
    }
    const { phase, out, weight, better, outcome, ratio, history } = router.state;
    expect({ phase, weight, better }).toEqual({ phase: 'out', weight: 0, better: 'canary' });
    expect(out?.because).toMatch(
      /^The experiment has ended: the canary is better\. The mean outcome of the canary minus that of live is 0\.\d+ \(/,
    );
    expect(out?.isPlanned).toBe(true);
    expect(outcome?.low).toBeGreaterThan(0);
    expect(ratio?.isOff).toBe(false);
    expect((ratio?.live ?? 0) + (ratio?.canary ?? 0)).toBeGreaterThan(190);
    expect(history.at(-1)).toMatchObject({ weight: 50, requests: { live: expect.any(Number) } });
    // How it stood at the end, which lies between two of the moments that are noted each second.
    expect(history.at(-1)?.outcome?.low).toBeGreaterThan(0);
    expect(events.map(({ event }) => event)).toEqual(['step', 'out']);
    expect((await send(router)).body).toBe('sells 10');
  });

  it('gives the better one to all only if it was told to, and only the better one', async () => {
    const [live, canary] = [await selling(10), await selling(80)];
    for (const [better, phase] of [
      ['higher', 'done'],
      ['lower', 'out'],
    ] as const) {
      const experiment = { better, promote: true };
      const { router } = await open(configWith({ live, canary, steps, experiment }));
      for (let i = 0; i < 3_000 && router.state.phase === 'going'; i++) await send(router);
      expect(router.state.phase).toBe(phase);
    }
  });

  it('ends with its time when neither is better', async () => {
    const [live, canary] = [await selling(20), await selling(20)];
    const short: RouterConfigInput['steps'] = [{ weight: 50, for: '1s' }];
    const experiment = { better: 'higher', promote: true } as const;
    const { router } = await open(configWith({ live, canary, steps: short, experiment }));
    await send(router);
    await expect.poll(() => router.state.phase, { timeout: 5_000 }).toBe('out');
    expect(router.state.out).toMatchObject({
      isPlanned: true,
      because: 'The experiment has ended: too few outcomes were seen to compare them, or all were the same.',
    });
  });

  it('keeps each client where it is, and another weight of the steps before is no part of the ratio', async () => {
    const [live, canary] = [await answering('live'), await answering('canary')];
    const ramp: RouterConfigInput['steps'] = [
      { weight: 20, requests: 10 },
      { weight: 50, for: '1h' },
    ];
    const { router } = await open(
      configWith({ live, canary, steps: ramp, experiment: { better: 'higher' } }),
    );
    const clients: { cookie: string; body: string }[] = [];
    for (let i = 0; i < 300; i++) {
      const answer = await send(router);
      clients.push({ cookie: cookieOf(answer), body: answer.body });
    }
    await expect.poll(() => router.state.step?.index).toBe(1);
    for (const { cookie } of clients.filter(({ body }) => body === 'canary'))
      expect((await send(router, { headers: { cookie } })).body).toBe('canary');
    const { ratio } = router.state;
    expect(ratio?.isOff).toBe(false);
    expect(Math.abs((ratio?.canary ?? 0) - (ratio?.expected ?? 0))).toBeLessThan(6);
  });

  it('whose canary lets clients wait until they leave is off its ratio', async () => {
    const live = await answering('live');
    let turn = 0;
    const { url: canary } = await startService((_, response) => {
      if (turn++ < 5 || turn % 2 === 0) response.end('canary');
    });
    const { router } = await open(configWith({ live, canary, weight: 50, verdict: { falseAborts: 1e-9 } }));
    const visits = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await send(router, { timeout: 250 }).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: 25 }, visits));
    expect(router.state.ratio).toMatchObject({ isOff: true });
  });

  it('needs steps, and clients that a header tells apart have no ratio', async () => {
    const [live, canary] = [await answering('live'), await nowhere()];
    expect(() => configWith({ live, canary, weight: 50, experiment: { better: 'higher' } })).toThrow(
      'experiment: expected "steps", of which the last one says how long it lasts',
    );
    const { router } = await open(configWith({ live, canary, weight: 50, stickyBy: { header: 'x-user' } }));
    expect(router.state.ratio).toBeNull();
  });
});
