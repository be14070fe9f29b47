import { type App, AppPlatformClient, type Deployment, type DeployResult } from '@odoobo/app-platform';
import { readPlatform } from '@odoobo/local-platform/client';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { processesIn, type RunningProcess } from '../processes.js';
import type { Wish } from './fleet.js';

/** The app and the deployments of one skill on the platform. */
export interface Shown {
  app: App;
  /** Newest first. */
  deployments: Deployment[];
}

/** An error that the check has found. */
export interface Problem {
  of: 'result' | 'state' | 'number of deployments' | 'answer' | 'processes' | 'files';
  says: string;
}

/** By skill. */
export type Snapshot = Map<string, Shown>;

export async function readSnapshot(platform: string): Promise<Snapshot> {
  const record = await readPlatform(platform);
  if (!record) throw new Error(`No platform runs in ${platform}.`);
  const client = new AppPlatformClient(record);
  try {
    const apps = await client.listApps();
    const shown = apps.map(async (app): Promise<[string, Shown]> => [
      app.spec.name,
      { app, deployments: await client.listDeployments(app.id) },
    ]);
    return new Map(await Promise.all(shown));
  } finally {
    await client.close();
  }
}

/** The deployments of a skill that are in one snapshot and not in the other, newest first. */
export function added(skill: string, before: Snapshot, after: Snapshot): Deployment[] {
  const known = new Set(before.get(skill)?.deployments.map(({ id }) => id));
  return (after.get(skill)?.deployments ?? []).filter(({ id }) => !known.has(id));
}

/** What the deploy should have left differently, in words. */
export async function findProblems(
  wish: Wish,
  result: DeployResult | undefined,
  before: Snapshot,
  after: Snapshot,
): Promise<Problem[]> {
  const shown = after.get(wish.skill);
  if (!shown) return [{ of: 'state', says: `${wish.skill}: no app` }];
  const toProblem = (of: Problem['of']) => (says: string) => ({ of, says: `${wish.skill}: ${says}` });
  return [
    ...resultProblems(wish, result).map(toProblem('result')),
    ...appProblems(wish, shown, before).map(toProblem('state')),
    ...countProblems(wish, added(wish.skill, before, after)).map(toProblem('number of deployments')),
    ...(await answerProblems(wish, shown)).map(toProblem('answer')),
  ];
}

function resultProblems({ version, changed }: Wish, result: DeployResult | undefined): string[] {
  const expected = version.broken ? ['failed'] : changed ? ['deployed', 'unchanged'] : ['unchanged'];
  if (result && expected.includes(result.outcome)) return [];
  return [
    `the deploy ended ${result?.outcome ?? 'without a result'}, expected ${expected.join(' or ')}. ${result?.cause?.message ?? ''}`,
  ];
}

function appProblems({ skill, serves }: Wish, { app, deployments }: Shown, before: Snapshot): string[] {
  const active = deployments.filter(({ phase }) => phase === 'ACTIVE');
  const digest = active[0]?.spec?.services?.[0]?.image?.digest;
  const url = before.get(skill)?.app.live_url;
  return [
    ...(active.length === 1 ? [] : [`${active.length} deployments are ACTIVE`]),
    ...(digest === serves.request.digest ? [] : [`${digest} is live, expected ${serves.request.digest}`]),
    ...(app.pending_deployment || app.in_progress_deployment ? ['a deployment is still under way'] : []),
    ...(url === undefined || url === app.live_url ? [] : [`its URL went from ${url} to ${app.live_url}`]),
  ];
}

/**
 * One deployment per change. A broken version may have a second one: deploying a version that has failed already
 * tries it again.
 */
function countProblems({ version, changed }: Wish, news: readonly Deployment[]): string[] {
  const [second, first] = news;
  const triedAgain =
    version.broken && news.length === 2 && first?.phase === 'ERROR' && endOf(first) <= startOf(second);
  if (triedAgain || news.length === (changed ? 1 : 0)) return [];
  const list = news.map(({ id, phase, cause }) => `${id} (${phase}, ${cause})`).join(', ');
  return [`${news.length} new deployments, expected ${changed ? 1 : 0}: ${list}`];
}

const endOf = (deployment: Deployment | undefined) => Date.parse(deployment?.phase_last_updated_at ?? '');
const startOf = (deployment: Deployment | undefined) => Date.parse(deployment?.created_at ?? '');

async function answerProblems({ serves }: Wish, { app }: Shown): Promise<string[]> {
  try {
    const response = await fetch(app.live_url ?? '', { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    return text === serves.says ? [] : [`${app.live_url} answers "${text}", expected "${serves.says}"`];
  } catch (error) {
    return [`${app.live_url}: ${(error as Error).cause ?? (error as Error).message}`];
  }
}

/** Processes and files in the platform's folder that belong to no live deployment; empty once all deployments have ended. */
export async function findLeftovers(platform: string, snapshot: Snapshot): Promise<Problem[]> {
  const live = [...snapshot.values()].flatMap(({ deployments }) =>
    deployments.filter(({ phase }) => phase === 'ACTIVE').map(({ id }) => id),
  );
  const known = new Set([...snapshot.values()].flatMap(({ deployments }) => deployments.map(({ id }) => id)));
  const toProblem = (of: Problem['of']) => (says: string) => ({ of, says });
  return [
    ...(await processLeftovers(platform, live)).map(toProblem('processes')),
    ...(await fileLeftovers(platform, live, known)).map(toProblem('files')),
  ];
}

/** There must be one server, one process that serves the addresses, and one for each live deployment. */
async function processLeftovers(platform: string, live: readonly string[]): Promise<string[]> {
  // Services run outside of the workspace, where no other packages are above them.
  const run = await realpath(join(platform, 'run')).catch(() => join(platform, 'run'));
  const elsewhere = run.startsWith(`${platform}/`) ? [] : await processesIn(`${run}/`);
  const running = [...(await processesIn(platform)), ...elsewhere];
  const places = running.map((one) => placeOf(one, platform, run, live));
  const orphans = running.filter((_, index) => places[index] === 'orphan');
  return [
    ...orphans.map(({ pid, command }) => `process ${pid} belongs to no app: ${command}`),
    ...['server', 'ingress', ...live].flatMap((place) => {
      const count = places.filter((one) => one === place).length;
      return count === 1 ? [] : [`${count} processes of ${place}, expected 1`];
    }),
  ];
}

function placeOf(
  { folder, command }: RunningProcess,
  platform: string,
  run: string,
  live: readonly string[],
): string {
  if (folder === platform) return command.includes('/ingress-main.js') ? 'ingress' : 'server';
  return live.find((id) => folder.startsWith(join(run, id))) ?? 'orphan';
}

async function fileLeftovers(
  platform: string,
  live: readonly string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const names = async (folder: string) =>
    (await readdir(join(platform, folder), { recursive: folder === 'run' })).map((name) =>
      join(folder, name),
    );
  const of = (file: string) => file.split('/')[1]?.split('.')[0] ?? '';
  const [root, run, apps, logs] = await Promise.all(['', 'run', 'apps', 'logs'].map(names));
  return [
    ...[...(root ?? []), ...(apps ?? [])].filter((file) => file.endsWith('.unfinished')),
    ...(run ?? []).filter(
      (file) => !live.includes(of(file)) || file.includes('.unpacking-') || file.endsWith('.new'),
    ),
    ...(logs ?? []).filter((file) => !known.has(of(file))),
  ].map((file) => `file ${file}`);
}
