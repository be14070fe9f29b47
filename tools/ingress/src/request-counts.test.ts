import fc from 'fast-check';
import { expect, it } from 'vitest';
import { send, startBehind, startIngress } from './ingress.test.helper.js';
import { bucketEnds, RequestCounts } from './request-counts.js';

/** A percentile as Prometheus computes it, by the same rank: it interpolates within the bucket. */
function fromHistogram(times: readonly [number, number][], rank: number): number {
  let below = 0;
  for (const [bucket, count] of times) {
    const [start = 0, end = Infinity] = [bucketEnds[bucket - 1], bucketEnds[bucket]];
    if (below + count >= rank) return start + ((end - start) * (rank - below)) / count;
    below += count;
  }
  return NaN;
}

it('has percentiles within a twentieth of the exact ones', () => {
  const ms = fc.double({ min: 0.11, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(ms, { minLength: 1, maxLength: 200 }), (took) => {
      const counts = new RequestCounts(() => 100_000);
      for (const one of took) counts.add('web', 200, 100_000 - one);
      const [{ times = [] } = {}] = counts.read(new Set(['web']));
      const sorted = took.toSorted((a, b) => a - b);
      for (const share of [0.5, 0.95, 0.99]) {
        const rank = Math.ceil(share * took.length);
        const exact = (sorted[rank - 1] ?? 0) / 1000;
        expect(Math.abs(fromHistogram(times, rank) / exact - 1)).toBeLessThan(0.05);
      }
    }),
  );
});

it('counts answers by component and instance, and those that reached none apart', async () => {
  const { ingress, server } = await startBehind((request, response) => {
    response.statusCode = request.url === '/wrong' ? 500 : 200;
    response.end('hello');
  });
  await send(ingress);
  await send(ingress, { path: '/wrong' });
  server.closeAllConnections();
  server.close();
  await send(ingress);
  const { components, instances } = ingress.counts();
  expect(components).toMatchObject([{ answers: [0, 1, 0, 0, 2] }]);
  expect(components[0]?.times.reduce((sum, [, count]) => sum + count, 0)).toBe(3);
  expect(components[0]?.seconds).toBeGreaterThan(0);
  expect(instances).toMatchObject([{ answers: 2, failures: 1 }]);
  const idle = await startIngress();
  await send(idle);
  expect(idle.counts()).toMatchObject({
    components: [{ component: '', answers: [0, 0, 0, 0, 1] }],
    instances: [],
  });
});

it('forgets what components have answered that are gone', () => {
  const counts = new RequestCounts();
  counts.add('old', 200, performance.now());
  counts.add('web', 200, performance.now());
  expect(counts.read(new Set(['web']))).toMatchObject([{ component: 'web' }]);
  expect(counts.read(new Set(['web', 'old']))).toHaveLength(1);
});
