import { AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import type { Benchmark, Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median, percentile } from './support/statistics.js';

const fleetSize = 55;
const rivalSize = 5;
const deployments = 10;
const rounds = 3;
/** A page refreshes every 1.5 s or less often, so these are at least its refreshes of five minutes. */
const refreshesARound = 70;
const goalMs = 100;
const goalBytes = 50e6;

/** What an open page costs the browser at each refresh, and how much memory it uses after five minutes. */
export const page: Benchmark = async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  const platforms: Platform[] = [];
  try {
    for (const apps of [fleetSize, rivalSize])
      platforms.push(await fleetOf(apps, join(folder, String(apps)), signal));
    const [fleet, rival] = platforms as [Platform, Platform];
    const views = [
      await open(browser, { name: `all ${fleetSize} apps`, platform: fleet, address: '' }),
      await open(browser, { name: 'one of them', platform: fleet, address: '#/apps/app-0' }),
      await open(browser, { name: `all ${rivalSize} apps (rival)`, platform: rival, address: '' }),
    ];
    for (let round = 0; round < rounds; round++) {
      for (const view of views) await refresh(view, signal);
    }
    return report(await Promise.all(views.map(weigh)));
  } finally {
    await browser.close();
    for (const platform of platforms) await platform.close();
    await rm(folder, { recursive: true, force: true });
  }
};

/** A platform of simulated apps, each deployed ten times. */
async function fleetOf(apps: number, directory: string, signal: AbortSignal): Promise<Platform> {
  const platform = await startPlatform({ directory, port: 0, progression: { simulate: () => ({}) } });
  const client = new AppPlatformClient(platform);
  try {
    for (let index = 0; index < apps; index++) {
      const app = await client.createApp(specOf(`app-${index}`, 0), { signal });
      for (let version = 1; version < deployments; version++) {
        await client.updateApp(app.id, specOf(`app-${index}`, version), { signal });
      }
    }
    return platform;
  } finally {
    await client.close();
  }
}

function specOf(name: string, version: number): AppSpec {
  const digest = `sha256:${String(version).repeat(64)}`;
  const image = { registry_type: 'DOCR' as const, repository: name, digest };
  const envs = Array.from({ length: 10 }, (_, index) => ({
    key: `VARIABLE_${index}`,
    value: String(version),
  }));
  return { name, services: [{ name: 'web', image, envs, health_check: { http_path: '/health' } }] };
}

interface View {
  name: string;
  page: Page;
  session: CDPSession;
  /** Milliseconds of the browser's main thread that each refresh took: scripts, styles, layout and painting. */
  busyMs: number[];
  /** The size of the JavaScript heap before each refresh, garbage included. */
  heapBytes: number[];
}

async function open(
  browser: Browser,
  { name, platform, address }: { name: string; platform: Platform; address: string },
): Promise<View> {
  const opened = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  await opened.goto(`${platform.url}/#token=${platform.token}`);
  await opened.getByRole('row').nth(rivalSize).waitFor();
  if (address !== '') await opened.goto(`${platform.url}/${address}`);
  await opened
    .getByRole('row')
    .nth(address === '' ? rivalSize : deployments)
    .waitFor();
  const session = await opened.context().newCDPSession(opened);
  await session.send('Performance.enable');
  return { name, page: opened, session, busyMs: [], heapBytes: [] };
}

/** Makes the page refresh, one refresh after another: it refreshes when it becomes visible. */
async function refresh(
  { page: opened, session, busyMs, heapBytes }: View,
  signal: AbortSignal,
): Promise<void> {
  await opened.bringToFront();
  let before = await metricsOf(session);
  for (let refreshes = 0; refreshes < refreshesARound; refreshes++) {
    signal.throwIfAborted();
    await Promise.all([
      opened.waitForResponse((response) => response.url().endsWith('/page/vitals')),
      opened.evaluate("document.dispatchEvent(new Event('visibilitychange'))"),
    ]);
    await opened.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))');
    const after = await metricsOf(session);
    busyMs.push((after.taskSeconds - before.taskSeconds) * 1000);
    heapBytes.push(after.heapBytes);
    before = after;
  }
}

/** https://chromedevtools.github.io/devtools-protocol/tot/Performance/: times in seconds, sizes in bytes. */
async function metricsOf(session: CDPSession): Promise<{ taskSeconds: number; heapBytes: number }> {
  const { metrics } = await session.send('Performance.getMetrics');
  const value = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
  return { taskSeconds: value('TaskDuration'), heapBytes: value('JSHeapUsedSize') };
}

interface Weighed extends View {
  /** The size of the heap after garbage collection. */
  keptBytes: number;
}

async function weigh(view: View): Promise<Weighed> {
  await view.session.send('HeapProfiler.collectGarbage');
  return { ...view, keptBytes: (await metricsOf(view.session)).heapBytes };
}

function report(views: readonly Weighed[]): Report {
  const rival = median(views.at(-1)?.busyMs ?? []);
  const isFast = views.every(({ busyMs }) => percentile(busyMs, 0.95) < goalMs);
  const isSmall = views.every(({ heapBytes }) => Math.max(...heapBytes) < goalBytes);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return {
    title: 'A page that is open',
    body: `The page of ${fleetSize} simulated apps with ${deployments} deployments each, in Chromium, in turn with that of ${rivalSize} apps. Each is refreshed
${rounds * refreshesARound} times, as it would be in five minutes. The time is what the browser's main thread is busy for a refresh: scripts, styles, layout and
painting, and what the measuring itself costs. The heap is JavaScript's, with what is not collected yet, and at the end what is left of it.

${table(
  ['', 'a refresh, median', 'ratio', '95 %', 'largest heap', 'kept at the end'],
  views.map(({ name, busyMs, heapBytes, keptBytes }) => [
    name,
    ms(median(busyMs)),
    (median(busyMs) / rival).toFixed(1),
    ms(percentile(busyMs, 0.95)),
    megabytes(Math.max(...heapBytes)),
    megabytes(keptBytes),
  ]),
)}

- a refresh under ${goalMs} ms, also at 95 %: ${isFast ? 'met' : 'NOT met'}
- under ${goalBytes / 1e6} MB: ${isSmall ? 'met' : 'NOT met'}`,
  };
}
