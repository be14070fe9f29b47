import { expect, it } from 'vitest';
import { configWith, open, send, startService } from './router.test.helper.js';

/** A service that reports two numbers in turn, whose mean is 0.5 above the first. */
async function reporting(first: number): Promise<string> {
  let turn = 0;
  const { url } = await startService((_, response) => {
    response.setHeader('X-Skill-Outcome', String(first + (turn++ % 2))).end('ok');
  });
  return url;
}

it('what requests were worth is compared between both variants, and no business of clients', async () => {
  const [live, canary] = [await reporting(1), await reporting(11)];
  const { router } = await open(configWith({ live, canary, weight: 50 }));
  for (let i = 0; i < 100; i++) {
    const { headers } = await send(router);
    expect(headers).not.toHaveProperty('x-skill-outcome');
  }
  const { outcome, variants } = router.state;
  expect(outcome).toBeNull();
  // Half of 100 clients are 49 to 51: it depends on where the sequence of places begins.
  expect(variants).toMatchObject({
    live: { outcome: { mean: expect.closeTo(1.5, 1) } },
    canary: { outcome: { mean: expect.closeTo(11.5, 1) } },
  });
  expect((variants.live.outcome?.count ?? 0) + (variants.canary.outcome?.count ?? 0)).toBe(100);
  for (let i = 0; i < 120; i++) await send(router);
  expect(router.state.outcome).toMatchObject({ estimate: expect.closeTo(10, 1), confidence: 0.95 });
  const { low = 0, high = 0 } = router.state.outcome ?? {};
  expect([low > 9, high < 11]).toEqual([true, true]);
});

it('what is no number, and requests of a match, are left out', async () => {
  const { url } = await startService(({ url }, response) => {
    response.setHeader('x-skill-outcome', url === '/beta' ? '7' : 'many').end('ok');
  });
  const matches = [{ to: 'canary' as const, path: '/beta' }];
  const { router } = await open(configWith({ live: url, canary: url, weight: 50, matches }));
  for (const path of ['/', '/', '/beta']) await send(router, { path });
  expect(router.state.variants).toMatchObject({ live: { outcome: null }, canary: { outcome: null } });
});
