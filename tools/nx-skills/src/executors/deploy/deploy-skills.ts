import { deployFleet, type DeployEvent, type DeployResult } from '@odoobo/app-platform';
import { readCheckout, type Checkout } from '@odoobo/git-flow';
import { claim } from '@odoobo/local-platform';
import { join } from 'node:path';
import { connect, type Environment } from '../../environment/connect.js';
import { workspaceFolders, type WorkspaceFolders } from '../../environment/workspace-folders.js';
import { Recorder } from '../../records/recorder.js';
import { describeError } from '../../terminal/describe-error.js';
import { missingWarnings, refuseMissing } from './missing-variables.js';
import type { DeployOptions } from './options.js';
import { prepareSkill, type PreparedSkill } from './prepare.js';

/** A skill that a run ships. */
export interface DeployTask {
  skill: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  after: string[];
}

export interface DeployRun {
  workspaceRoot: string;
  tasks: readonly DeployTask[];
  options: DeployOptions;
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Told where the run ships to, before anything is sent. */
  onStart: (label: string) => void;
  onEvent: (event: DeployEvent) => void;
  onWarning: (message: string) => void;
}

/**
 * Ships the skills of a run: prepares each, connects once, hands all to the engine and records what happens.
 *
 * @returns one result a skill, in the order of the tasks
 * @throws when the run as a whole cannot start: no platform, no token, missing variables in production
 */
export async function deploySkills(run: DeployRun): Promise<DeployResult[]> {
  const folders = workspaceFolders(run.workspaceRoot);
  const checkout = await readCheckout(run.workspaceRoot);
  const environmentName = run.options.environment;
  const { prepared, failed } = await prepareAll(
    run,
    environmentName === 'local' ? 'artefact' : 'as-written',
    checkout,
  );
  const missing = prepared.flatMap((skill) => skill.missing);
  if (environmentName === 'production') refuseMissing(missing);
  else missingWarnings(missing).forEach(run.onWarning);
  const environment = await connect(run.options, folders, run.environment, run.signal);
  try {
    run.onStart(environment.label);
    const results = [...failed, ...(await ship(run, environment, folders, prepared, failed, checkout))];
    return run.tasks.flatMap(({ skill }) => results.filter((result) => result.skill === skill));
  } finally {
    await environment.client.close();
  }
}

interface Preparation {
  prepared: PreparedSkill[];
  failed: DeployResult[];
}

/** What is wrong with one skill stops that one. */
async function prepareAll(
  { tasks, workspaceRoot, options, environment }: DeployRun,
  source: Environment['source'],
  checkout: Checkout | undefined,
): Promise<Preparation> {
  const preparation: Preparation = { prepared: [], failed: [] };
  await Promise.all(
    tasks.map(async (task) => {
      const common = {
        workspaceRoot,
        source,
        environment,
        timeoutMs: options.timeout * 1000,
        commit: checkout?.commit,
      };
      try {
        preparation.prepared.push(await prepareSkill({ ...task, ...common }));
      } catch (error) {
        preparation.failed.push(notPrepared(task.skill, error));
      }
    }),
  );
  return preparation;
}

function notPrepared(skill: string, error: unknown): DeployResult {
  const cause = { code: 'InvalidSkill', message: describeError(error), logTail: [] };
  return { skill, outcome: 'failed', action: 'none', digest: '-', durationMs: 0, cause };
}

async function ship(
  run: DeployRun,
  environment: Environment,
  folders: WorkspaceFolders,
  prepared: readonly PreparedSkill[],
  failed: readonly DeployResult[],
  checkout: Checkout | undefined,
): Promise<DeployResult[]> {
  const recorder = new Recorder(folders, describeRun(environment, prepared, checkout), run.onWarning);
  recorder.start();
  const onEvent = (event: DeployEvent) => {
    recorder.event(event);
    run.onEvent(event);
  };
  for (const result of failed)
    onEvent({ type: 'finished', at: new Date().toISOString(), skill: result.skill, result });
  await Promise.all(prepared.map(({ imageDirectory }) => environment.publish(imageDirectory)));
  const results = await deployFleet(
    prepared.map(({ request }) => request),
    {
      client: environment.client,
      pollIntervalMs: environment.pollIntervalMs,
      signal: run.signal,
      onEvent,
      claim: (skill, signal) => claim(join(folders.claims, `${environment.name}-${skill}.jsonl`), { signal }),
    },
  );
  recorder.finish(runStatus([...results, ...failed]));
  return results;
}

function describeRun(
  environment: Environment,
  prepared: readonly PreparedSkill[],
  checkout: Checkout | undefined,
) {
  const startedAt = new Date().toISOString();
  const where = checkout && {
    ...(checkout.branch ? { branch: checkout.branch } : {}),
    worktree: checkout.worktree,
    commit: checkout.commit,
  };
  return {
    run: `deploy-${startedAt.replaceAll(/[:.]/g, '-')}-${process.pid}`,
    startedAt,
    environment: environment.name,
    skills: Object.fromEntries(
      prepared.map(({ request }) => [request.skill, { digest: request.digest, ...where }]),
    ),
  };
}

function runStatus(results: readonly DeployResult[]): 'completed' | 'failed' | 'interrupted' {
  if (results.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted';
  return results.every(({ outcome }) => outcome === 'deployed' || outcome === 'unchanged')
    ? 'completed'
    : 'failed';
}
