import { type Load, requestsPerCpuSecond } from './proxy/load.js';
import { type ServerProcess, startModule } from './proxy/servers.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const rounds = 9;
const seconds = 1;
/** Linux counts processor time in steps of 10 ms, and these few requests take 120 ms a second. */
const secondsAtRate = 5;
const goal = 0.9;

const small: Load = { name: 'GET, 11 bytes', path: '/' };
const post: Load = { name: 'POST of 2 kB', path: '/', posts: 2_000 };

/** Requests per second of processor time, in one round after the other. */
interface Figures {
  load: Load;
  ingress: number[];
  router: number[];
}

/** How much processor time the router takes, compared with the ingress that it is built on. */
export async function router(signal: AbortSignal): Promise<Report> {
  if (process.platform !== 'linux')
    throw new Error('The benchmark "router" reads processor time from /proc: run it on Linux.');
  const started: ServerProcess[] = [];
  const start = async (name: string, args: string[]): Promise<ServerProcess> => {
    const one = await startModule(name, args);
    started.push(one);
    return one;
  };
  try {
    const { port } = await start('upstream-main', []);
    const ingress = await start('ingress-main', [String(port)]);
    const routing = await start('router-main', [String(port)]);
    const cookie = await cookieOf(routing);
    const loads: Load[] = [
      { ...small, name: `${small.name}, new clients` },
      { ...small, name: `${small.name}, with the cookie`, cookie },
      { ...post, name: `${post.name}, with the cookie`, cookie },
      { name: 'GET, 100 kB, with the cookie', path: '/large', cookie },
      { name: 'GET, 11 bytes, 4,000 a second, with the cookie', path: '/', cookie, rate: 4_000 },
    ];
    return report(await measure({ ingress, router: routing }, loads, signal));
  } finally {
    await Promise.all(started.map((one) => one.stop()));
  }
}

/** What a client keeps after its first answer. */
async function cookieOf({ port }: ServerProcess): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  const [cookie = ''] = answer.headers.get('set-cookie')?.split(';', 1) ?? [];
  return cookie;
}

/** Both take turns; the first round warms them up and is not counted. */
async function measure(
  rivals: Record<'ingress' | 'router', ServerProcess>,
  loads: Load[],
  signal: AbortSignal,
): Promise<Figures[]> {
  const figures = loads.map((load): Figures => ({ load, ingress: [], router: [] }));
  for (let round = 0; round <= rounds; round++) {
    for (const one of figures) {
      for (const name of ['ingress', 'router'] as const) {
        const lasts = one.load.rate === undefined ? seconds : secondsAtRate;
        const figure = await requestsPerCpuSecond(rivals[name], one.load, { seconds: lasts, signal });
        if (round > 0) one[name].push(figure);
      }
    }
  }
  return figures;
}

function report(figures: Figures[]): Report {
  const ratios = figures.map(ratioOf);
  const met = ratios.filter((ratio) => ratio >= goal).length;
  return {
    title: 'What the router of a rollout costs',
    body: `Requests answered per second of the router's own processor time, user and system, compared with the ingress that it is built on.
The router has the work of a rollout on: at weight 10 %, a place for the client and its cookie, a match, the variant in two headers,
counts, and the verdict with failures, an absolute bound and p95. Copies of requests (shadow traffic) are left out. New clients are
those without a cookie: each answer sets one. Both take turns of ${seconds} s (${secondsAtRate} s at 4,000 requests a second) under the same load, 32 connections kept alive; the ratio is
the median of the ${rounds} ratios of neighbouring turns, because a busy machine changes both.

${table(
  ['', 'our ingress', 'router', 'ratio'],
  figures.map((one, index) => row(one, ratios[index] ?? NaN)),
)}

Goal: at least ${goal} of the ingress: ${met === figures.length ? 'met' : `met for ${met} of ${figures.length}`}.`,
  };
}

function ratioOf({ ingress, router }: Figures): number {
  return median(router.map((figure, round) => figure / (ingress[round] ?? NaN)));
}

function row({ load, ingress, router }: Figures, ratio: number): string[] {
  const figure = (values: number[]): string => Math.round(median(values)).toLocaleString('en');
  return [load.name, figure(ingress), figure(router), ratio.toFixed(2)];
}
