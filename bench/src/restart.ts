import { type App, AppPlatformClient, type AppSpec, deployFleet } from '@odoobo/app-platform';
import { buildVersion } from '@odoobo/e2e/kill-9';
import {
  ensurePlatform,
  imageStoreOf,
  readPlatform,
  startPlatform,
  stopPlatform,
} from '@odoobo/local-platform';
import { freePort } from '@odoobo/machine/network';
import { isAlive } from '@odoobo/machine/process';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Benchmark, Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const services = 20;
const restarts = 5;
const visitEveryMs = 100;
const records = 1_000;
/** The number of deployments in the record of each of the thousand apps. */
const deploymentsOfRecord = 10;

/** How long a restarted platform takes until it serves again what it served before. */
export const restart: Benchmark = async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'restart-'));
  const [busy, empty, many] = ['busy', 'empty', 'many'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    const apps = await deployServices(folder, busy, signal);
    const found: Restarted[] = [];
    const rival: number[] = [];
    await ensurePlatform(empty, { port: await freePort(), signal });
    for (let round = 0; round < restarts; round++) {
      rival.push((await killAndStart(empty, [], signal)).startMs);
      found.push(await killAndStart(busy, apps, signal));
    }
    await writeRecords(many);
    return report(found, rival, await startManual(many), await startManual(join(folder, 'none')));
  } finally {
    for (const platform of [busy, empty]) await stopPlatform(platform);
    await rm(folder, { recursive: true, force: true });
  }
};

async function deployServices(folder: string, platform: string, signal: AbortSignal): Promise<App[]> {
  const version = (index: number) => buildVersion(folder, `app-${index}`, 'here');
  const versions = await Promise.all(Array.from({ length: services }, (_, index) => version(index)));
  const { url, token } = await ensurePlatform(platform, { port: await freePort(), signal });
  for (const { imageDirectory } of versions) await imageStoreOf(platform).import(imageDirectory);
  const client = new AppPlatformClient({ url, token });
  try {
    const requests = versions.map(({ request }) => request);
    const results = await deployFleet(requests, { client, signal, pollIntervalMs: 200 });
    const failed = results.filter(({ outcome }) => outcome !== 'deployed');
    if (failed.length > 0) throw new Error(`Not all are live: ${JSON.stringify(failed)}`);
    return await client.listApps({ signal });
  } finally {
    await client.close();
  }
}

interface Restarted {
  /** From the start of the new server until it answers calls. */
  startMs: number;
  /** Requests that were sent from before the kill until after the start. */
  requests: number;
  /** How many of these requests failed. */
  failures: number;
  /** Services whose process is the same as before the restart. */
  adopted: number;
}

async function killAndStart(platform: string, apps: readonly App[], signal: AbortSignal): Promise<Restarted> {
  const before = await processRecords(platform);
  const visitors = apps.map(({ live_url = '' }) => visit(live_url));
  await kill(platform, signal);
  const since = performance.now();
  await ensurePlatform(platform, { signal });
  const startMs = performance.now() - since;
  const visits = await Promise.all(visitors.map((visitor) => visitor.end()));
  const after = new Set(await processRecords(platform));
  return {
    startMs,
    requests: visits.reduce((sum, { requests }) => sum + requests, 0),
    failures: visits.reduce((sum, { failures }) => sum + failures, 0),
    adopted: before.filter((record) => after.has(record)).length,
  };
}

async function kill(platform: string, signal: AbortSignal): Promise<void> {
  const record = await readPlatform(platform);
  if (!record) throw new Error(`No platform runs in ${platform}.`);
  process.kill(record.identity.pid, 'SIGKILL');
  while (await isAlive(record.identity)) await delay(5, undefined, { signal });
}

interface Visits {
  requests: number;
  failures: number;
}

/** Requests an app repeatedly, with a pause so that the measured processes get the processor; once more at the end. */
function visit(url: string): { end(): Promise<Visits> } {
  const visits = { requests: 0, failures: 0 };
  const ending = new AbortController();
  const once = async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => {});
    visits.requests += 1;
    if (answer?.status !== 200) visits.failures += 1;
  };
  const visiting = (async () => {
    while (!ending.signal.aborted) {
      await once();
      await delay(visitEveryMs, undefined, { signal: ending.signal }).catch(() => {});
    }
    await once();
  })();
  return {
    async end() {
      ending.abort();
      await visiting;
      return visits;
    },
  };
}

/** Each record names its deployment and its process. */
async function processRecords(platform: string): Promise<string[]> {
  const folder = join(platform, 'run');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => name + (await readFile(join(folder, name), 'utf8'))));
}

/** Copies the record of one app that a platform has written. */
async function writeRecords(directory: string): Promise<void> {
  const name = 'one-of-many';
  const image = { registry_type: 'DOCR' as const, repository: name, digest: `sha256:${'0'.repeat(64)}` };
  const spec: AppSpec = { name, services: [{ name: 'web', image }] };
  const platform = await startPlatform({ directory, progression: 'manual' });
  const client = new AppPlatformClient(platform);
  try {
    const app = await client.createApp(spec);
    await platform.advance(name, 'ACTIVE');
    for (let more = 1; more < deploymentsOfRecord; more++) {
      await client.updateApp(app.id, spec);
      await platform.advance(name, 'ACTIVE');
    }
    const text = await readFile(join(directory, 'apps', `${app.id}.json`), 'utf8');
    for (let copy = 1; copy < records; copy++) {
      const id = randomUUID();
      const copied = text.replaceAll(app.id, id).replaceAll(`"name":"${name}"`, `"name":"${name}-${copy}"`);
      await writeFile(join(directory, 'apps', `${id}.json`), copied);
    }
  } finally {
    await client.close();
    await platform.close();
  }
}

interface Started {
  startMs: number;
  memoryBytes: number;
}

async function startManual(directory: string): Promise<Started> {
  const script = join(import.meta.dirname, 'support/start-manual.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, directory]);
  return JSON.parse(stdout) as Started;
}

function report(found: readonly Restarted[], rival: readonly number[], many: Started, none: Started): Report {
  const [start, rivalStart] = [median(found.map(({ startMs }) => startMs)), median(rival)];
  const sum = (key: 'requests' | 'failures' | 'adopted') => found.reduce((all, one) => all + one[key], 0);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return {
    title: 'A platform starts again',
    body: `The server of ${services} services gets kill -9 and is started again, ${restarts} times; the rival is a server without apps, in turn. The time
is from the start until it answers calls, the process and its loading included. Each app is asked every ${visitEveryMs} ms from before the
kill until the new server answers: its URL must answer throughout, from the process of before.

${table(
  ['', 'median', 'no apps (rival)', 'ratio'],
  [[`${services} services`, seconds(start), seconds(rivalStart), (start / rivalStart).toFixed(1)]],
)}

Requests that failed: ${sum('failures')} of ${sum('requests')}. Processes that were taken over: ${sum('adopted')} of ${restarts * services}.

Records alone: ${records} apps with ${deploymentsOfRecord} deployments each, of which nothing runs, in a process that is up already.

${table(
  ['', 'start', 'memory'],
  [
    [`${records} apps`, seconds(many.startMs), megabytes(many.memoryBytes)],
    ['no apps (rival)', seconds(none.startMs), megabytes(none.memoryBytes)],
  ],
)}`,
  };
}
