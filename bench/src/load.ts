import type { Workspace } from '@odoobo/e2e/workspace';
import { ensurePlatform, imageStoreOf } from '@odoobo/local-platform';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { highestServed, isServed, type Limits, type Trial, untilServed } from './load/needed.js';
import { instanceSize, ScaledApp } from './load/scaled-app.js';
import type { Report } from './support/benchmark.js';
import { table } from './support/report.js';
import { withSkillsWorkspace } from './support/skills-workspace.js';
import { percentile } from './support/statistics.js';
import { type RequestKind, SteadyLoad } from './support/steady-load.js';
import { timeNx } from './support/time-nx.js';

const limits: Limits = { p95Ms: 250, most: 6 };
/** Requests a second: the first rate that one instance is asked, and the highest. */
const [lowestRate, highestRate] = [10, 320];
const warmUpMs = 1_000;
const measuredMs = 4_000;

/** A service whose need is known: it answers one request after the other, each in 20 ms, so an instance serves 50 a second. */
const known = { skill: 'one-by-one', perInstance: 50, rates: [30, 80, 130] };
const knownSource = `import { createServer } from 'node:http';
let last = Promise.resolve();
const server = createServer((request, response) => {
  if (request.url === '/health') return response.end('{}');
  last = last.then(() => new Promise((resolve) => setTimeout(resolve, 20))).then(() => response.end('done'));
});
server.listen(process.env.PORT, process.env.HOST);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
`;

const knownSkill: AskedSkill = { skill: known.skill, request: { method: 'GET', path: '/' } };

/** Skills of this repository, asked what their first smoke test asks. */
const skills = ['design-tokens', 'nl-sql'];
const rates = [50, 150];

interface AskedSkill {
  skill: string;
  request: Pick<RequestKind, 'method' | 'path' | 'body' | 'headers'>;
}

interface Asked extends AskedSkill {
  perSecond: number;
  /** What it needs, if that is known. */
  expected?: number;
}

interface Found extends Asked {
  trials: readonly Trial[];
}

interface Measured extends AskedSkill {
  /** Requests a second that one instance serves. */
  perInstance: number;
}

/** How many instances a skill needs for a rate of requests, with the p95 and without a failure. */
export async function measureLoad(signal: AbortSignal): Promise<Report> {
  return withSkillsWorkspace(async (workspace) => {
    await addKnown(workspace);
    const folder = join(workspace.root, '.local-platform');
    const platform = await ensurePlatform(folder, { signal });
    const found: Found[] = [];
    const measured: Measured[] = [];
    for (const one of [
      knownSkill,
      ...(await Promise.all(skills.map((name) => firstSmokeTest(workspace, name)))),
    ]) {
      const digest = await buildImage(workspace, folder, one.skill, signal);
      const app = new ScaledApp({ ...platform, name: one.skill, digest, signal });
      try {
        measured.push({ ...one, perInstance: await ratePerInstance(app, one, signal) });
        for (const asked of ratesOf(one))
          found.push({
            ...asked,
            trials: await untilServed((count) => attempt(app, asked, count, signal), limits),
          });
      } finally {
        await app.close();
      }
    }
    return report(found, measured);
  });
}

function ratesOf(one: AskedSkill): Asked[] {
  if (one.skill !== known.skill) return rates.map((perSecond) => ({ ...one, perSecond }));
  return known.rates.map((perSecond) => ({
    ...one,
    perSecond,
    expected: Math.ceil(perSecond / known.perInstance),
  }));
}

function ratePerInstance(app: ScaledApp, one: AskedSkill, signal: AbortSignal): Promise<number> {
  const isServedOnce = async (perSecond: number) =>
    isServed(await attempt(app, { ...one, perSecond }, 1, signal), limits);
  // Once more, because a machine that is busy for a moment would end the search early.
  const isServedAt = async (perSecond: number) =>
    (await isServedOnce(perSecond)) || (await isServedOnce(perSecond));
  return highestServed(isServedAt, lowestRate, highestRate);
}

async function addKnown(workspace: Workspace): Promise<void> {
  const { skill: id } = known;
  const manifest = {
    id,
    version: '1.0.0',
    description: 'Answers one by one.',
    runtime: 'node',
    entry: 'main.js',
  };
  await workspace.write(`skills/${id}/skill.json`, JSON.stringify({ ...manifest, contract: 'http' }));
  await workspace.write(`skills/${id}/main.js`, knownSource);
  const spec = await workspace.read('infra/do-gradient/design-tokens/app-spec.yaml');
  await workspace.write(`infra/do-gradient/${id}/app-spec.yaml`, spec.replaceAll('design-tokens', id));
}

async function firstSmokeTest(workspace: Workspace, skill: string): Promise<AskedSkill> {
  const manifest = JSON.parse(await workspace.read(`skills/${skill}/skill.json`)) as {
    smokeTests: { invoke: { input: object } }[];
  };
  const body = JSON.stringify({ input: manifest.smokeTests[0]?.invoke.input });
  return {
    skill,
    request: { method: 'POST', path: '/invoke', body, headers: { 'content-type': 'application/json' } },
  };
}

async function buildImage(
  workspace: Workspace,
  folder: string,
  skill: string,
  signal: AbortSignal,
): Promise<string> {
  await timeNx(workspace, { args: ['run', `${skill}:build`], daemon: false, signal });
  return imageStoreOf(folder).import(join(workspace.root, `skills/${skill}/dist/image`));
}

async function attempt(
  app: ScaledApp,
  { request, perSecond }: Asked,
  instances: number,
  signal: AbortSignal,
): Promise<Trial> {
  const url = await app.scaleTo(instances);
  const kind = { name: 'load', newConnection: false, perSecond, ...request };
  const load = new SteadyLoad({ url, kinds: [kind], accepts: () => true });
  load.start('warming up');
  try {
    await delay(warmUpMs, undefined, { signal });
    load.phase = 'measured';
    await delay(measuredMs, undefined, { signal });
  } finally {
    await load.stop();
  }
  const measured = load.answered.filter(({ phase }) => phase === 'measured');
  const failed = measured.filter(({ failure }) => failure !== undefined);
  // Such a service is not slow but wrong.
  if (failed.length === measured.length) throw new Error(`Each request failed: ${failed[0]?.failure}`);
  return {
    instances,
    p95Ms: percentile(
      measured.map(({ milliseconds }) => milliseconds),
      0.95,
    ),
    failed: failed.length,
  };
}

function report(found: readonly Found[], measured: readonly Measured[]): Report {
  const right = found.filter(
    ({ trials, expected }) => expected === undefined || expected === neededBy(trials),
  );
  return {
    title: 'Instances that a skill needs for a rate of requests',
    body: `Instances are added one by one, on the local platform, until a steady rate of requests has no failure and a p95 of at most
${limits.p95Ms} ms over ${measuredMs / 1000} s; ${limits.most} at most. Requests come at their pace, whether or not earlier ones were answered. \`${known.skill}\` answers one request
after the other, ${known.perInstance} a second, so what it needs is known: the rival is that calculation. The skills are asked what their first smoke test asks.
All instances share the processors of this machine with the clients: figures of skills that calculate say what this machine needs, not what App Platform does.

${table(
  ['', 'requests a second', 'needed', 'by calculation (rival)', 'p95, ms', 'p95 with one less, ms'],
  found.map(row),
)}

What one instance serves, found to a tenth between ${lowestRate} and ${highestRate} requests a second. \`nx plan\` divides the wished rate by it
([how](../../docs/scaling.md#for-a-rate-of-requests)), if it is in the manifest:

${measured.map(manifestEntry).join('\n')}

Goal: what is known is found. ${right.length === found.length ? 'met' : 'NOT met'}.`,
  };
}

function manifestEntry({ skill, perInstance }: Measured): string {
  const load = perInstance === 0 ? {} : { [instanceSize]: perInstance };
  return `- \`${skill}\`: \`"load": { "requestsPerSecond": ..., "perInstance": ${JSON.stringify(load)} }\``;
}

function neededBy(trials: readonly Trial[]): number | undefined {
  const last = trials.at(-1);
  return last && isServed(last, limits) ? last.instances : undefined;
}

function row({ skill, perSecond, trials, expected }: Found): string[] {
  const needed = neededBy(trials);
  const before = trials.at(-2);
  return [
    `\`${skill}\``,
    String(perSecond),
    needed === undefined ? `more than ${limits.most}` : String(needed),
    expected === undefined ? '-' : String(expected),
    (trials.at(-1)?.p95Ms ?? 0).toFixed(0),
    before === undefined ? '-' : before.p95Ms.toFixed(0),
  ];
}
