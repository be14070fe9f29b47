import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connections, type Load, requestsPerCpuSecond } from './proxy/load.js';
import { profileByOwner } from './proxy/profile.js';
import { type ServerProcess, startModule, startNginx } from './proxy/servers.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { median } from './support/statistics.js';

const rounds = 5;
const seconds = 2;
const goal = 0.5;

const loads: Load[] = [
  { name: 'GET, 11 bytes', path: '/' },
  { name: 'GET, 100 kB', path: '/large' },
  { name: 'POST of 2 kB', path: '/', posts: 2_000 },
  { name: 'GET, 11 bytes, 4,000 a second', path: '/', rate: 4_000 },
  { name: 'GET, 100 kB, 800 a second', path: '/large', rate: 800 },
  { name: 'POST of 2 kB, 4,000 a second', path: '/', posts: 2_000, rate: 4_000 },
];

interface Rivals {
  ingress: ServerProcess;
  plain: ServerProcess;
  /** Undefined if nginx is not installed. */
  nginx: ServerProcess | undefined;
}

type Figures = Record<keyof Rivals, number[]>;

/** How much processor time the ingress takes, compared with nginx. */
export async function proxy(signal: AbortSignal): Promise<Report> {
  if (process.platform !== 'linux')
    throw new Error('The benchmark "proxy" reads processor time from /proc: run it on Linux.');
  const folder = await mkdtemp(join(tmpdir(), 'bench-proxy-'));
  const started: ServerProcess[] = [];
  try {
    const keep = <T extends ServerProcess | undefined>(one: T): T => {
      if (one) started.push(one);
      return one;
    };
    const { port } = keep(await startModule('upstream-main', []));
    const rivals: Rivals = {
      ingress: keep(await startModule('ingress-main', [String(port)])),
      plain: keep(await startModule('plain-main', [String(port)])),
      nginx: keep(await startNginx(folder, port)),
    };
    const figures = await measure(rivals, signal);
    return report(figures, await profile(folder, port, signal));
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** The rivals take turns within each round; the first round warms them up and is not counted. */
async function measure(rivals: Rivals, signal: AbortSignal): Promise<Figures[]> {
  const figures = loads.map((): Figures => ({ ingress: [], plain: [], nginx: [] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, load] of loads.entries()) {
      for (const name of ['nginx', 'ingress', 'plain'] as const) {
        const server = rivals[name];
        const figure = server && (await requestsPerCpuSecond(server, load, { seconds, signal }));
        if (figure !== undefined && round > 0) figures[index]?.[name].push(figure);
      }
    }
  }
  return figures;
}

async function profile(folder: string, service: number, signal: AbortSignal): Promise<[string, number][]> {
  const profiles = join(folder, 'profiles');
  const server = await startModule(
    'ingress-main',
    [String(service)],
    ['--cpu-prof', `--cpu-prof-dir=${profiles}`],
  );
  try {
    await requestsPerCpuSecond(server, { name: '', path: '/' }, { seconds: 2 * seconds, signal });
  } finally {
    await server.stop();
  }
  return profileByOwner(profiles);
}

function report(figures: Figures[], owners: [string, number][]): Report {
  const hasNginx = figures.every(({ nginx }) => nginx.length > 0);
  const ratios = figures.map(({ ingress, nginx }) => (hasNginx ? median(ingress) / median(nginx) : NaN));
  const met = ratios.every((ratio) => ratio >= goal);
  const verdict = hasNginx
    ? `Goal: at least ${goal} of nginx: ${met ? 'met' : `met for ${ratios.filter((ratio) => ratio >= goal).length} of ${ratios.length}`}.`
    : 'nginx is not installed here, so the goal (half of what nginx does) was not looked at.';
  return {
    title: 'What the proxy in front of an app costs',
    body: `Requests answered per second of the proxy's own processor time, user and system. The rivals: nginx with one process and
kept connections to the service, and the least that node:http alone does to pass a request on (it parses, copies headers and
pipes, and does nothing for safety). Each is a process in front of the same service and takes turns with the others under
the same load: ${connections} connections kept alive, autocannon in a process of its own, ${seconds} s a turn. Medians of ${rounds} rounds.
The first three rows are with as many requests as are answered, which are more for a faster rival; the others with the same
number for each.

${table(
  ['', 'nginx (rival)', 'our ingress', 'ratio', 'plain node:http', 'ours to plain'],
  figures.map((one, index) => row(loads[index]?.name ?? '', one, hasNginx)),
)}

${verdict}

## What holds it

Where the processor time of the ingress goes for the small GET, by sampled stacks (\`node --cpu-prof\`), idle time left out:

${table(
  ['', 'share'],
  owners.map(([owner, share]) => [owner, `${(100 * share).toFixed(0)}%`]),
)}

What the ingress itself adds is the smaller part. The rest is what Node.js takes for one request in and one out: the system
calls, which nginx makes as well, and the objects, events and timers of \`node:http\` and \`node:net\`. To go below that, the
ingress would have to parse the requests of clients itself; it leaves that to \`node:http\`, whose strict parser is what stands
between a client and a request that two readers take for two different ones.`,
  };
}

function row(name: string, { ingress, plain, nginx }: Figures, hasNginx: boolean): string[] {
  const ours = median(ingress);
  const figure = (value: number): string => Math.round(value).toLocaleString('en');
  const rival = hasNginx ? median(nginx) : NaN;
  return [
    name,
    hasNginx ? figure(rival) : 'absent',
    figure(ours),
    hasNginx ? (ours / rival).toFixed(2) : '-',
    figure(median(plain)),
    (ours / median(plain)).toFixed(2),
  ];
}
