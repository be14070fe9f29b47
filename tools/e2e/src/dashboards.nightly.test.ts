import { boards, queriesOf } from '@odoobo/dashboards';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasPrometheus, Prometheus } from './support/prometheus.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

// Each query of each panel, asked of a real Prometheus that scrapes the real platform.

const rollout = { steps: [{ weight: 50, approve: true }] };

let workspace: Workspace;
let traffic: Traffic[] = [];
let prometheus: Prometheus;

beforeAll(async () => {
  if (!hasPrometheus) return;
  workspace = await Workspace.create({
    shop: { behaviour: { says: 'one' }, manifest: { rollout } },
    till: {},
  });
  const spec = 'infra/do-gradient/till/app-spec.yaml';
  await workspace.write(spec, `${await workspace.read(spec)}\nalerts:\n  - rule: DEPLOYMENT_FAILED\n`);
  await workspace.commit('alerts');
  expect((await workspace.odoobo(['deploy', 'shop', 'till'])).output).toContain('2 created');
  prometheus = await Prometheus.start(await workspace.platform());
  await vi.waitUntil(async () => (await prometheus.query('up')).length === 1, {
    timeout: 60_000,
    interval: 500,
  });
  const shops = [new Shop(workspace), new Shop(workspace, 'till')];
  traffic = await Promise.all(
    shops.map(async (one) => new Traffic((await one.app()).live_url ?? '', ['GET'])),
  );
  await workspace.change('till', { says: 'worse' });
  expect((await workspace.odoobo(['deploy', 'till'])).exitCode).toBe(0);
  expect((await workspace.odoobo(['rollback', 'till'])).exitCode).toBe(0);
  await workspace.change('till', { fault: 'crashes' });
  expect((await workspace.odoobo(['deploy', 'till'])).exitCode).not.toBe(0);
  await workspace.change('shop', { says: 'two' });
  expect((await workspace.odoobo(['deploy', 'shop'])).output).toContain('RolloutWaits');
}, 180_000);
afterAll(async () => {
  if (!hasPrometheus) return;
  await Promise.all(traffic.map((one) => one.stop()));
  await prometheus?.close();
  await workspace?.close();
});

/** As Grafana replaces its variables. */
function asked(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '10m')
    .replaceAll('$app', 'shop|till');
}

describe.skipIf(!hasPrometheus)('panels of dashboards (needs prometheus)', () => {
  const rows = boards.flatMap(({ name, dashboard }) =>
    queriesOf(dashboard).map(({ panel, expr }) => ({ name, panel, expr })),
  );

  it.each(rows)('$name: $panel has data by $expr', async ({ expr }) => {
    const values = async () => (await prometheus.query(asked(expr))).map(({ value }) => value);
    await expect.poll(async () => (await values()).some(Number.isFinite), { timeout: 60_000 }).toBe(true);
  });

  it('show what happened: a deployment that failed, two versions, half of the clients', async () => {
    const value = async (expr: string) => (await prometheus.query(expr))[0]?.value;
    await expect.poll(() => value('sum(app_deployments_total{result="failed"})')).toBe(1);
    expect(await value('app_rollout_weight_percentage{app="shop"}')).toBe(50);
    expect(await value('delivery_change_failures{skill="till"}')).toBe(1);
    const variants = await prometheus.query('sum by (variant) (app_variant_requests_total{app="shop"})');
    expect(variants.map(({ metric }) => metric['variant']).sort()).toEqual(['canary', 'live']);
  });
});
