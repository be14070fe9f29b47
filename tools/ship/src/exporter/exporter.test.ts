import { AppPlatformClient, markKey } from '@odoobo/app-platform';
import { startPlatform } from '@odoobo/local-platform';
import { formats, metricsText } from '@odoobo/local-platform/metrics';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { pauseAfter } from './budget.js';
import { Exporter } from './exporter.js';
import { platformFamilies } from './platform-families.js';
import { serveMetrics } from './serve-metrics.js';

const signal = new AbortController().signal;

/** An exporter of a platform that simulates deployments, with one app of this repository and one of another. */
async function exporterOf() {
  const cwd = await tempDirectory();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.invalid', ...args], {
      cwd,
      encoding: 'utf8',
    });
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  const directory = await tempDirectory();
  const platform = await startPlatform({ directory, port: 0, progression: { simulate: () => ({}) } });
  const client = new AppPlatformClient(platform);
  onTestFinished(async () => {
    await client.close();
    await platform.close();
  });
  for (const [name, repository] of [
    ['shop', commit],
    ['foreign', 'f'.repeat(40)],
  ] as const) {
    const mark = { write: name, skill: name, artefact: 'sha256:1', repository, commit };
    const image = { registry_type: 'DOCR', repository: name, digest: `sha256:${'1'.repeat(64)}` } as const;
    await client.createApp({
      name,
      services: [{ name: 'web', image, instance_size_slug: 'apps-s-1vcpu-0.5gb' }],
      envs: [{ key: markKey, value: JSON.stringify(mark), scope: 'BUILD_TIME' }],
    });
  }
  const warnings: string[] = [];
  const exporter = new Exporter({
    cwd,
    environment: 'production',
    client,
    journal: join(cwd, 'none.jsonl'),
    onWarning: (warning) => warnings.push(warning),
  });
  return { exporter, platform, warnings };
}

it('has the apps of this repository, under the names of the local platform', async () => {
  const { exporter } = await exporterOf();
  expect(exporter.families().map(({ name }) => name)).toContain('exporter_up');
  expect(await exporter.look(signal)).toBe(5);
  const { server, url } = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => exporter.families());
  onTestFinished(() => void server.close());
  const text = await (await fetch(url)).text();
  expect(text).toContain('\nexporter_up 1\n');
  expect(text).toContain('\napp_cost_dollars_per_month{app="shop"} 5\n');
  expect(text).toMatch(
    /\napp_live_info\{app="shop",deployment="[^"]+",commit="[0-9a-f]{40}",digest="sha256:1"\} 1\n/,
  );
  expect(text).toContain('\napp_deployments_total{app="shop",result="succeeded"} 1\n');
  expect(text).not.toContain('foreign');
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  await expect(
    serveMetrics({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => []),
  ).rejects.toThrow(/Cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. Take another address: --listen=/);
});

it('shows no old values when the platform does not answer, and says so', async () => {
  const { exporter, platform, warnings } = await exporterOf();
  await exporter.look(signal);
  await platform.close();
  await exporter.look(signal);
  const names = exporter.families().map(({ name }) => name);
  expect(names).not.toContain('app_live_info');
  expect(warnings).toEqual([expect.stringContaining('App Platform could not be read: ')]);
});

it('takes the newest value of each instance', async () => {
  const series = {
    metric: { app_component: 'web', app_component_instance: 'web-0' },
    values: [
      [1, '1'],
      [2, '7.5'],
    ] as [number, string][],
  };
  const usage = {
    cpu_percentage: [series],
    memory_percentage: [],
    restart_count: [{ metric: {}, values: [] }],
  };
  const app = { id: '1', spec: { name: 'shop' } };
  const text = String(
    await metricsText(platformFamilies([{ app, deployments: [], usage }]), formats.prometheus),
  );
  expect(text).toContain('\napp_cpu_percentage{app="shop",component="web",instance="web-0"} 7.5\n');
  expect(text).not.toContain('app_restart_count{');
});

it('leaves half of the calls of an hour to others', () => {
  expect(pauseAfter(5)).toBe(60_000);
  // 100 apps: 401 calls, at most 2,500 an hour.
  expect(pauseAfter(401)).toBe(577_440);
});
