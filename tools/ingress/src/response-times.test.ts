import fc from 'fast-check';
import { expect, it } from 'vitest';
import { send, startBehind, startIngress } from './ingress.test.helper.js';
import { ResponseTimes } from './response-times.js';

/** Response times by a clock that the test turns. */
function turned() {
  let now = 1_000_000;
  const times = new ResponseTimes(() => now);
  return {
    times,
    turn: (ms: number) => (now += ms),
    add: (status: number, tookMs: number) => times.add(status, now - tookMs),
  };
}

it('returns the percentiles of the last 15 minutes, to about an eighth', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (took) => {
        const { times, add } = turned();
        for (const ms of took) add(200, ms);
        const sorted = took.toSorted((a, b) => a - b);
        const exact = (share: number) => sorted[Math.ceil(share * took.length) - 1] ?? 0;
        const { p50, p95 } = times.read();
        for (const [reported, share] of [[p50.at(-1), 0.5] as const, [p95.at(-1), 0.95] as const]) {
          expect((reported ?? 0) / exact(share)).toBeGreaterThan(0.87);
          expect((reported ?? 0) / exact(share)).toBeLessThan(1.15);
        }
      },
    ),
  );
});

it('counts failures separately, by period, and drops data older than 15 minutes', () => {
  const { times, turn, add } = turned();
  add(200, 5);
  turn(60_000);
  add(404, 5);
  add(503, 0);
  const after = times.read();
  expect(after.at).toHaveLength(90);
  expect(after.requests.filter(Boolean)).toEqual([1, 2]);
  expect(after.failures.filter(Boolean)).toEqual([1]);
  expect(after.at.at(-1)).toBeGreaterThan(Date.now() / 1000 - 10);
  turn(14.5 * 60_000);
  expect(times.read().requests.filter(Boolean)).toEqual([2]);
  // A whole turn of the ring: the same slots, of which nothing may be left.
  turn(15 * 60_000);
  add(200, 5);
  expect(times.read()).toMatchObject({ requests: expect.arrayContaining([1]) as number[] });
  expect(times.read().requests.filter(Boolean)).toEqual([1]);
  expect(times.read().failures.filter(Boolean)).toEqual([]);
});

it('is measured for responses of a service, and for those of the ingress in its place', async () => {
  const { ingress, server } = await startBehind((request, response) => {
    response.statusCode = request.url === '/wrong' ? 500 : 200;
    response.end('hello');
  });
  await send(ingress);
  await send(ingress, { path: '/wrong' });
  server.closeAllConnections();
  server.close();
  await send(ingress);
  const { p95, requests, failures } = ingress.responseTimes.read();
  const sum = (counts: number[]) => counts.reduce((a, b) => a + b);
  expect(sum(requests)).toBe(3);
  expect(sum(failures)).toBe(2);
  expect(p95.find((ms) => ms !== null)).toBeGreaterThan(0);
});

it('counts a request before anything is live as a failure', async () => {
  const ingress = await startIngress();
  await send(ingress);
  expect(Math.max(...ingress.responseTimes.read().failures)).toBe(1);
});
