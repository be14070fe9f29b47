import type { App } from '@odoobo/app-platform';
import { Workspace } from '@odoobo/e2e/workspace';
import { ensurePlatform, imageStoreOf } from '@odoobo/local-platform';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from './support/benchmark.js';
import { Redeployer } from './support/redeployer.js';
import { table } from './support/report.js';
import { percentile } from './support/statistics.js';
import { type Answered, type RequestKind, SteadyLoad } from './support/steady-load.js';
import { timeNx } from './support/time-nx.js';

const rounds = 4;
const redeploymentsARound = 5;
const quietMs = 4_000;
const answerMs = 10_000;
const skill = 'steady';
const versions = ['blue', 'green'];
const slow = '/?wait=300';
const body = 'x'.repeat(2_000);

const kinds: RequestKind[] = [
  { name: 'GET, kept connection', method: 'GET', path: '/', newConnection: false, perSecond: 50 },
  { name: 'GET, new connection', method: 'GET', path: '/', newConnection: true, perSecond: 50 },
  { name: 'POST, kept connection', method: 'POST', path: '/', body, newConnection: false, perSecond: 50 },
  { name: 'POST, new connection', method: 'POST', path: '/', body, newConnection: true, perSecond: 50 },
  { name: 'slow GET (300 ms)', method: 'GET', path: slow, newConnection: false, perSecond: 20 },
  { name: 'slow POST (300 ms)', method: 'POST', path: slow, body, newConnection: true, perSecond: 20 },
];

/** What the clients of a service notice of 20 redeployments of it. */
export async function switchUnderLoad(signal: AbortSignal): Promise<Report> {
  const workspace = await Workspace.create({ [skill]: {} });
  try {
    const folder = join(workspace.root, '.local-platform');
    const digests = await buildImages(workspace, folder, signal);
    const platform = await ensurePlatform(folder, { signal });
    const redeployer = new Redeployer({ ...platform, app: skill, digests, signal });
    try {
      return report(await loadWhileRedeploying(redeployer, signal));
    } finally {
      await redeployer.close();
    }
  } finally {
    await workspace.close();
  }
}

/** Two versions of the skill in the platform's image store, by digest. */
async function buildImages(workspace: Workspace, folder: string, signal: AbortSignal): Promise<string[]> {
  const digests: string[] = [];
  for (const says of versions) {
    await workspace.change(skill, { says });
    await timeNx(workspace, { args: ['run', `${skill}:build`], daemon: false, signal });
    digests.push(await imageStoreOf(folder).import(join(workspace.root, `skills/${skill}/dist/image`)));
  }
  return digests;
}

async function loadWhileRedeploying(redeployer: Redeployer, signal: AbortSignal): Promise<Answered[]> {
  const app = await redeployer.create();
  let redeployments = 0;
  const accepts = (answer: string) => versions.includes(answer);
  const load = new SteadyLoad({ url: app.live_url ?? '', kinds, accepts });
  load.start('warming up');
  try {
    await delay(quietMs / 2, undefined, { signal });
    for (let round = 0; round < rounds; round++) {
      load.phase = 'quiet';
      await delay(quietMs, undefined, { signal });
      load.phase = 'switching';
      for (let i = 0; i < redeploymentsARound; i++) {
        await redeployer.redeploy(app);
        await requireAnswer(app, versions[++redeployments % versions.length]);
      }
    }
  } finally {
    await load.stop();
  }
  return load.answered;
}

/** If traffic did not switch to the new version, there was nothing to measure. */
async function requireAnswer({ live_url = '' }: App, expected: string | undefined): Promise<void> {
  const answer = await (await fetch(live_url, { signal: AbortSignal.timeout(answerMs) })).text();
  if (answer !== expected) throw new Error(`${live_url} answers "${answer}", expected "${expected}".`);
}

function report(answered: readonly Answered[]): Report {
  const failures = answered.flatMap(({ failure, kind }) => (failure ? [`- ${kind}: ${failure}`] : []));
  const redeployments = rounds * redeploymentsARound;
  return {
    title: `${redeployments} redeployments of one skill under load`,
    body: `${redeployments} redeployments through the API of the local platform, each of another artefact and with a new process, while
clients send requests at a steady pace and never try one again. The rival: the same load in the same run while nothing
is deployed; ${rounds} such spells of ${quietMs / 1000} s take turns with ${redeploymentsARound} redeployments each. Milliseconds until the whole answer is there.

${table(
  [
    '',
    'requests',
    'failed',
    'p50 quiet (rival)',
    'p50 switching',
    'ratio',
    'p99 quiet (rival)',
    'p99 switching',
    'ratio',
  ],
  kinds.map(({ name }) =>
    row(
      name,
      answered.filter(({ kind }) => kind === name),
    ),
  ),
)}

Goal: 0 failed requests. ${failures.length} of ${answered.length} failed: ${failures.length === 0 ? 'met' : 'NOT met'}.

${failures.slice(0, 20).join('\n')}`,
  };
}

function row(name: string, answered: readonly Answered[]): string[] {
  const failed = answered.filter(({ failure }) => failure !== undefined).length;
  const times = (wanted: string) =>
    answered.filter(({ phase }) => phase === wanted).map(({ milliseconds }) => milliseconds);
  const compared = [0.5, 0.99].flatMap((share) => {
    const [quiet, switching] = [percentile(times('quiet'), share), percentile(times('switching'), share)];
    return [quiet.toFixed(1), switching.toFixed(1), (switching / quiet).toFixed(1)];
  });
  return [name, String(answered.length), String(failed), ...compared];
}
