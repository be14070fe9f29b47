import { ensurePlatform } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { hasPrometheus, Prometheus } from './support/prometheus.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

// What a real Prometheus sees of the real platform, compared with what clients have counted and measured themselves.

let workspace: Workspace;
let prometheus: Prometheus;
let shop: Shop;
let traffic: Traffic;

async function value(expr: string): Promise<number> {
  return (await prometheus.query(expr))[0]?.value ?? 0;
}

describe.skipIf(!hasPrometheus)('metrics (needs prometheus)', () => {
  beforeAll(async () => {
    workspace = await Workspace.create({ shop: { behaviour: { says: 'one' } }, slow: {} });
    expect((await workspace.odoobo(['deploy', 'shop', 'slow'])).exitCode).toBe(0);
    prometheus = await Prometheus.start(await workspace.platform());
    shop = new Shop(workspace);
    traffic = new Traffic((await shop.app()).live_url ?? '', ['GET']);
    await until('the first requests are scraped', async () => (await value('sum(app_requests_total)')) > 0);
  }, 120_000);
  afterAll(async () => {
    await traffic?.stop();
    await prometheus?.close();
    await workspace?.close();
  });

  it('have the percentiles of the same requests, within 5 %', async () => {
    const url = (await new Shop(workspace, 'slow').app()).live_url ?? '';
    const before = await value('app_request_duration_seconds_count{app="slow"}');
    const took: number[] = [];
    const ask = async (waitMs: number) => {
      const since = performance.now();
      await fetch(`${url}/?wait=${waitMs}`);
      took.push((performance.now() - since) / 1000);
    };
    // In no order, so that the slowest are not asked last.
    const waits = Array.from({ length: 100 }, (_, n) => 200 + ((n * 37) % 100) * 8);
    for (let at = 0; at < waits.length; at += 10) await Promise.all(waits.slice(at, at + 10).map(ask));
    const count = 'app_request_duration_seconds_count{app="slow"}';
    await until('all are scraped', async () => (await value(count)) >= before + waits.length);
    const sorted = took.toSorted((a, b) => a - b);
    // The few health checks of the deployment answered at once.
    for (const share of [0.5, 0.95]) {
      const exact = sorted[Math.ceil(share * waits.length) - 1] ?? 0;
      const rank = (before + share * waits.length) / (before + waits.length);
      const seen = await value(
        `histogram_quantile(${rank}, app_request_duration_seconds_bucket{app="slow"})`,
      );
      expect(Math.abs(seen / exact - 1)).toBeLessThan(0.05);
    }
  }, 120_000);

  it('count every request, over a switch to a new version', async () => {
    const answered = () => traffic.answers.length;
    const requests = 'sum(app_requests_total{app="shop"})';
    const [clients, counted] = [answered(), await value(requests)];
    await workspace.change('shop', { says: 'two' });
    expect((await shop.run('deploy')).exitCode).toBe(0);
    const more = answered() - clients;
    expect(more).toBeGreaterThan(0);
    await until('all are scraped', async () => (await value(requests)) >= counted + more - 2);
    expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(await value('sum(resets(app_requests_total[5m]))')).toBe(0);
    expect(await value('sum(resets(app_deployments_total[5m]))')).toBe(0);
  }, 120_000);

  it('do not go down over kill -9 of the platform, but where Prometheus sees its restart', async () => {
    const total = () => value('sum(app_requests_total)');
    const before = await total();
    await workspace.killPlatform();
    await until('Prometheus sees it', async () => (await prometheus.query('up'))[0]?.value === 0);
    await ensurePlatform(join(workspace.root, '.local-platform'));
    await until('it is scraped again', async () => (await total()) > before);
    expect(await value('sum(resets(app_requests_total[5m]))')).toBe(0);
    expect(await value('sum(resets(app_request_duration_seconds_count[5m]))')).toBe(0);
    expect(await value('sum(changes(process_start_time_seconds[5m]))')).toBe(1);
  }, 120_000);
});
