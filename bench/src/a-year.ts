import { type Platform, startPlatform } from '@odoobo/local-platform';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const skills = 20;
const deploysADay = 50;
/** How many skills each deploy ships. */
const shipped = 2;
const months = [1, 3, 6, 12];
const dayOf = (month: number) => Math.round((month * 365) / 12);
/** The platform limits its records by count, not by age: in the first month each app makes more deployments than it keeps. */
const deploymentsOfAppAMonth = 40;
const tries = 20;

/** How much larger or slower anything may be after a year than after the first month. */
const bound = 1.25;
/** Times of a few milliseconds vary by more than `bound`; and the journal is rotated 4 MB at a time. */
const timeBound = 1.5;

/** What a year of deploys leaves on the disk, and how much it slows the next deploy. */
export const aYear: Benchmark = async (signal) => {
  const folder = await mkdtemp(join(tmpdir(), 'a-year-'));
  try {
    const records = await measureRecords(folder, signal);
    const platform = await measurePlatform(join(folder, 'platform'), signal);
    return report(records, platform);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Records {
  day: number;
  files: number;
  bytes: number;
  refreshMs: number;
  recordedMs: number;
  anewMs: number;
}

/** Runs the code of deploys on a simulated clock. */
async function measureRecords(folder: string, signal: AbortSignal): Promise<Records[]> {
  const program = fileURLToPath(import.meta.resolve('@odoobo/ship/test-support/year-of-records'));
  const args = [
    program,
    join(folder, 'workspace'),
    skills,
    deploysADay,
    shipped,
    months.map(dayOf).join(','),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args.map(String), { signal });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Records);
}

interface OfPlatform {
  month: number;
  bytes: number;
  startMs: number;
  deployMs: number;
  listMs: number;
}

async function measurePlatform(directory: string, signal: AbortSignal): Promise<OfPlatform[]> {
  const found: OfPlatform[] = [];
  let platform = await startPlatform({ directory, progression: 'manual' });
  try {
    const apps = await Promise.all(
      Array.from({ length: skills }, (_, index) => create(platform, `app-${index}`)),
    );
    for (let month = 1; month <= Math.max(...months); month++) {
      const times: number[] = [];
      for (let n = 0; n < deploymentsOfAppAMonth; n++) {
        signal.throwIfAborted();
        const round = await cpuMs(() => Promise.all(apps.map((app) => deploy(platform, app, n))));
        times.push(round / skills);
      }
      if (!months.includes(month)) continue;
      const listMs = await timed(() =>
        call(platform, 'GET', `/v2/apps/${apps[0]?.id}/deployments?per_page=200`),
      );
      const starts: number[] = [];
      for (let n = 0; n < tries; n++) {
        await platform.close();
        starts.push(
          await cpuMs(async () => (platform = await startPlatform({ directory, progression: 'manual' }))),
        );
      }
      const [deployMs, startMs] = [median(times.slice(-tries)), median(starts)];
      found.push({ month, bytes: await bytesIn(directory), startMs, deployMs, listMs });
    }
  } finally {
    await platform.close();
  }
  return found;
}

interface SimulatedApp {
  id: string;
  name: string;
}

function specOf(name: string, version: number): object {
  const digest = `sha256:${version.toString(16).padStart(64, '0')}`;
  return { name, services: [{ name: 'web', image: { registry_type: 'DOCR', repository: name, digest } }] };
}

async function create(platform: Platform, name: string): Promise<SimulatedApp> {
  const { app } = await call<{ app: SimulatedApp }>(platform, 'POST', '/v2/apps', { spec: specOf(name, 0) });
  await platform.advance(name, 'ACTIVE');
  return { id: app.id, name };
}

/** Deploys one app, from the write until the deployment is live. */
async function deploy(platform: Platform, { id, name }: SimulatedApp, version: number): Promise<void> {
  await call(platform, 'PUT', `/v2/apps/${id}`, { spec: specOf(name, version) });
  await platform.advance(name, 'ACTIVE');
}

async function call<T>({ url, token }: Platform, method: string, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < tries; n++) {
    times.push(await cpuMs(work));
  }
  return median(times);
}

/** The processor time of this process in milliseconds: other processes may use the machine, too. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function report(records: readonly Records[], platform: readonly OfPlatform[]): Report {
  const ofRecords = [
    row('disk, MB', records, ({ bytes }) => bytes / 1e6, timeBound),
    row('files', records, ({ files }) => files, bound),
    row('a run brings the status up to date, ms', records, ({ refreshMs }) => refreshMs, timeBound),
    row('`plan` reads what is recorded, ms', records, ({ recordedMs }) => recordedMs, timeBound),
    row('rebuild a lost status, ms', records, ({ anewMs }) => anewMs, timeBound),
  ];
  const ofPlatform = [
    row('disk, MB', platform, ({ bytes }) => bytes / 1e6, bound),
    row('start of the server, ms', platform, ({ startMs }) => startMs, timeBound),
    row('a deployment, from the write to live, ms', platform, ({ deployMs }) => deployMs, timeBound),
    row('the list of deployments of an app, ms', platform, ({ listMs }) => listMs, timeBound),
  ];
  const head = [
    '',
    ...months.map((month) => `${month} ${month === 1 ? 'month' : 'months'}`),
    'year / month',
    'bound',
  ];
  return {
    title: 'A year',
    body: `The rival is the same after a month: what is left of a year must be no more, and take no longer, than what is left of a month.
Times are of the processor, so that others who use the machine do not count.

## The records of a workspace

${deploysADay} deploys a day, each of ${shipped} of ${skills} skills in turn, recorded by the plugin's own code on a clock that is simulated:
status, journal and logs. Times are medians of the thirty days before.

${table(head, ofRecords)}

## The local platform

${skills} apps, ${deploymentsOfAppAMonth} deployments of each a month (it keeps by count, not by time), moved by hand: nothing is built or run.

${table(head, ofPlatform)}

What services and builds print, and the builds, images and mirrors themselves, are bounded each by itself
(docs/local-platform.md#what-is-kept): tests hold those.`,
  };
}

function row<T>(name: string, found: readonly T[], of: (one: T) => number, most: number): string[] {
  const values = found.map(of);
  const ratio = (values.at(-1) ?? 0) / (values[0] ?? 1);
  return [
    name,
    ...values.map((value) => value.toFixed(value < 100 ? 1 : 0)),
    ratio.toFixed(2),
    `${most}: ${ratio <= most ? 'met' : 'NOT met'}`,
  ];
}
