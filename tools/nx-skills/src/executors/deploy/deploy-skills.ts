import { deployFleet, type DeployEvent, type DeployResult } from '@odoobo/app-platform';
import { readCheckout, type Checkout } from '@odoobo/git-flow';
import { claim } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { connect, type Environment } from '../../environment/connect.js';
import { workspaceFolders, type WorkspaceFolders } from '../../environment/workspace-folders.js';
import { Recorder } from '../../records/recorder.js';
import { runName } from '../../records/run-name.js';
import { missingWarnings, refuseMissing } from './missing-variables.js';
import type { DeployOptions } from './options.js';
import { prepareAll, publishAll, type DeployTask, type Preparation } from './prepare-all.js';

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

export interface DeployRunResults {
  /** One a skill. */
  results: DeployResult[];
  /** Of skills that an earlier batch of the same run of Nx shipped. */
  earlier: DeployResult[];
}

/**
 * Ships the skills of a run: prepares each, connects once, hands all to the engine and records what happens.
 *
 * @throws when the run as a whole cannot start: no platform, no token, missing variables in production
 */
export async function deploySkills(run: DeployRun): Promise<DeployRunResults> {
  const { options, workspaceRoot } = run;
  const folders = workspaceFolders(workspaceRoot);
  const checkout = await readCheckout(workspaceRoot);
  const preparation = await prepareAll(run, checkout?.commit);
  const missing = preparation.prepared.flatMap((skill) => skill.missing);
  if (options.environment === 'production') refuseMissing(missing);
  else missingWarnings(missing).forEach(run.onWarning);
  const environment = await connect(options, folders, run.environment, run.signal);
  try {
    run.onStart(environment.label);
    const recorder = startRecord(run, folders, preparation, checkout);
    const earlier = recorder.earlierResults();
    const ready = await publishAll(preparation, environment.publish);
    const results = [
      ...tellFailed(ready.failed, recorder, run),
      ...(await ship(run, environment, folders, ready, recorder)),
    ];
    recorder.finish(runStatus([...earlier, ...results]));
    return { results, earlier };
  } finally {
    await environment.client.close();
  }
}

function startRecord(
  run: DeployRun,
  folders: WorkspaceFolders,
  { prepared }: Preparation,
  checkout: Checkout | undefined,
): Recorder {
  const where = checkout && {
    ...(checkout.branch ? { branch: checkout.branch } : {}),
    worktree: checkout.worktree,
    commit: checkout.commit,
  };
  const digests = new Map(prepared.map(({ request }) => [request.skill, { digest: request.digest }]));
  const skills = run.tasks.map(({ skill }) => [skill, { ...digests.get(skill), ...where }] as const);
  const environment = run.options.environment;
  const description = { ...runName(run.environment), environment, skills: Object.fromEntries(skills) };
  const recorder = new Recorder(folders, description, run.onWarning);
  recorder.start();
  return recorder;
}

function tellFailed(
  failed: readonly DeployResult[],
  recorder: Recorder,
  run: DeployRun,
): readonly DeployResult[] {
  for (const result of failed) {
    const event: DeployEvent = {
      type: 'finished',
      at: new Date().toISOString(),
      skill: result.skill,
      result,
    };
    recorder.event(event);
    run.onEvent(event);
  }
  return failed;
}

async function ship(
  run: DeployRun,
  environment: Environment,
  folders: WorkspaceFolders,
  { prepared }: Preparation,
  recorder: Recorder,
): Promise<DeployResult[]> {
  const requests = prepared.map(({ request }) => request);
  return deployFleet(requests, {
    client: environment.client,
    pollIntervalMs: environment.pollIntervalMs,
    signal: run.signal,
    onEvent: (event) => {
      recorder.event(event);
      run.onEvent(event);
    },
    claim: (skill, signal) => claim(join(folders.claims, `${environment.name}-${skill}.jsonl`), { signal }),
  });
}

function runStatus(results: readonly DeployResult[]): 'completed' | 'failed' | 'interrupted' {
  if (results.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted';
  return results.every(({ outcome }) => outcome === 'deployed' || outcome === 'unchanged')
    ? 'completed'
    : 'failed';
}
