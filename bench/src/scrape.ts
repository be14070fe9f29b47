import { AppPlatformClient } from '@odoobo/app-platform';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { type LiveApp, Load, perSecond } from './scrape/load.js';
import type { Report } from './support/benchmark.js';
import { processorSecondsOfThreads } from './support/processor-time.js';
import { table } from './support/report.js';
import { median, percentile } from './support/statistics.js';

const apps = 1_000;
/** So that each histogram has some buckets. */
const requestsFirst = 20;
const scrapes = 40;
const pauseMs = 250;
const goalMs = 200;
const atOnce = 16;

/** A server that is scraped. */
interface Scraped {
  child: ChildProcess;
  url: string;
  token?: string;
}

/** How one server answered the scrapes of a phase. */
interface Answered {
  wallMs: number[];
  cpuMs: number[];
}

type Phase = Record<'ours' | 'rival', Answered>;

/** How long a scrape of a thousand apps takes, compared with prom-client's own writing of the same series. */
export async function scrape(signal: AbortSignal): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-scrape-'));
  const started: ChildProcess[] = [];
  try {
    const ours = await start(started, 'platform-main', join(folder, 'platform'), signal);
    const client = new AppPlatformClient({ url: ours.url, token: ours.token ?? '' });
    try {
      const live = await createApps(client, signal);
      const load = new Load(client, live);
      const limit = pLimit(atOnce);
      for (let n = 0; n < requestsFirst; n += 1) await limit.map(live, (app) => load.ask(app));
      const file = join(folder, 'series.txt');
      const first = await textOf(ours);
      await writeFile(file, first);
      const rival = await start(started, 'rival-main', file, signal);
      const idle = await measure({ ours, rival }, signal);
      load.start();
      const busy = await measure({ ours, rival }, signal);
      await load.stop();
      const last = await textOf(ours);
      return report({ idle, busy, series: [seriesIn(first), seriesIn(last)], bytes: last.length });
    } finally {
      await client.close();
    }
  } finally {
    await Promise.all(started.map(end));
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(
  started: ChildProcess[],
  name: string,
  argument: string,
  signal: AbortSignal,
): Promise<Scraped> {
  const child = fork(join(import.meta.dirname, 'scrape', `${name}.js`), [argument], { signal });
  started.push(child);
  const [message] = (await once(child, 'message', { signal })) as [Omit<Scraped, 'child'>];
  return { child, ...message };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

async function createApps(client: AppPlatformClient, signal: AbortSignal): Promise<LiveApp[]> {
  const limit = pLimit(atOnce);
  const image = { registry_type: 'DOCR', repository: 'shop', tag: 'v1' } as const;
  const alerts = [{ rule: 'DEPLOYMENT_FAILED' } as const];
  await limit.map([...Array(apps).keys()], (n) =>
    client.createApp({ name: `app-${n}`, alerts, services: [{ name: 'web', image }] }, { signal }),
  );
  const listed = await client.listApps({ signal });
  return listed.map(({ id, live_url: url = '' }) => ({ id, url }));
}

/** Both take turns; the first scrape of each loads what is needed, and is not counted. */
async function measure(servers: Record<'ours' | 'rival', Scraped>, signal: AbortSignal): Promise<Phase> {
  const phase: Phase = { ours: { wallMs: [], cpuMs: [] }, rival: { wallMs: [], cpuMs: [] } };
  for (let n = 0; n <= scrapes; n += 1)
    for (const name of ['ours', 'rival'] as const) {
      const { child } = servers[name];
      const cpu = await processorSecondsOfThreads(child.pid ?? 0);
      const began = performance.now();
      await textOf(servers[name]);
      const wallMs = performance.now() - began;
      const cpuMs = ((await processorSecondsOfThreads(child.pid ?? 0)) - cpu) * 1000;
      if (n > 0) phase[name].wallMs.push(wallMs);
      if (n > 0) phase[name].cpuMs.push(cpuMs);
      await delay(pauseMs, undefined, { signal });
    }
  return phase;
}

/** @throws when it is not answered with 200 */
async function textOf({ url, token = '' }: Scraped): Promise<string> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 200) throw new Error(`A scrape was answered with ${answer.status}.`);
  return answer.text();
}

function seriesIn(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

interface Measured {
  idle: Phase;
  busy: Phase;
  /** Before and after the load. */
  series: [number, number];
  bytes: number;
}

function report({ idle, busy, series, bytes }: Measured): Report {
  const figure = (value: number) => value.toLocaleString('en');
  const p95 = percentile(busy.ours.wallMs, 0.95);
  const cpu = median(busy.ours.cpuMs);
  const met = (ms: number) => (ms < goalMs ? 'met' : 'NOT met');
  return {
    title: 'What a scrape of a thousand apps takes',
    body: `\`GET /metrics\` of a local platform with ${figure(apps)} simulated apps, from the request to the last byte, ${scrapes} times with nothing else to do, and
${scrapes} times while it answers ${perSecond.requests} requests a second to the apps, each with a path and a header of its own, begins ${perSecond.deployments} deployments
a second, and lists all apps each second. All of that runs in the one process that is scraped. The rival is prom-client behind node:http, with each of the
same series as a gauge, in a process that serves nothing else. The two take turns. Milliseconds.

${table(
  ['', 'ours, median', '95 %', 'longest', 'processor', 'rival, median', '95 %', 'processor', 'ours to rival'],
  [row('idle', idle), row('under load', busy)],
)}

The processor's time of a scrape under load contains what the platform did for the load meanwhile. There were ${figure(series[0])} series before the load, and
${figure(series[1])} after it (${(bytes / 1e6).toFixed(1)} MB): those of a histogram grow with the buckets in use, and nothing of a request is a label.

Goal: under ${goalMs} ms: ${met(cpu)} by the processor's time under load (${cpu.toFixed(0)} ms), ${met(p95)} by the time of 95 % of the scrapes under load (${p95.toFixed(0)} ms),
which other programs on the machine lengthen.`,
  };
}

function row(name: string, { ours, rival }: Phase): string[] {
  const ms = (value: number) => value.toFixed(0);
  return [
    name,
    ms(median(ours.wallMs)),
    ms(percentile(ours.wallMs, 0.95)),
    ms(Math.max(...ours.wallMs)),
    ms(median(ours.cpuMs)),
    ms(median(rival.wallMs)),
    ms(percentile(rival.wallMs, 0.95)),
    ms(median(rival.cpuMs)),
    (median(ours.wallMs) / median(rival.wallMs)).toFixed(2),
  ];
}
