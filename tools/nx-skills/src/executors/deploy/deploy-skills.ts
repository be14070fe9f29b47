import { deployFleet, type DeployResult } from '@odoobo/app-platform';
import { readCheckout } from '@odoobo/git-flow';
import { claim } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { connectAndKeep, type Environment } from '../../environment/connect.js';
import { workspaceFolders, type WorkspaceFolders } from '../../environment/workspace-folders.js';
import type { DeploymentRecorder } from '../../records/deployment-recorder.js';
import { suffixOf } from '../live-skills.js';
import { adviseEvent, withAdvice } from '../advice.js';
import { runStatus } from '../run-status.js';
import type { RunHooks, ShownResults } from '../shown-run.js';
import { startRecord, tellEnded } from '../start-record.js';
import { missingWarnings, refuseMissing } from './missing-variables.js';
import type { DeployOptions } from './options.js';
import { prepareAll, publishAll, type DeployTask, type Preparation } from './prepare-all.js';
import { pushSources } from './push-sources.js';
import { startSmokeTests, type SmokeTests } from './smoke-tests.js';

/** A service that is live has so long to be healthy, or what the whole deployment has where that is less. */
const longestVerifyMs = 60_000;

export interface DeployRun extends RunHooks {
  workspaceRoot: string;
  tasks: readonly DeployTask[];
  options: DeployOptions;
  environment: NodeJS.ProcessEnv;
}

/**
 * Ships the skills of a run: prepares each, connects once, hands all to the engine and records what happens.
 *
 * @throws when the run as a whole cannot start: no platform, no token, missing variables in production
 */
export async function deploySkills(run: DeployRun): Promise<ShownResults> {
  const { options, workspaceRoot } = run;
  const folders = workspaceFolders(workspaceRoot);
  const checkout = await readCheckout(workspaceRoot);
  const preparation = await prepareAll(run, checkout?.commit);
  const missing = preparation.prepared.flatMap((skill) => skill.missing);
  if (options.environment === 'production') refuseMissing(missing);
  else missingWarnings(missing).forEach(run.onWarning);
  const environment = await connectAndKeep(options, folders, run.environment, run);
  try {
    run.onStart(environment.label);
    const digests = new Map(
      preparation.prepared.map(({ request: { skill, digest } }) => [skill, { digest }]),
    );
    const recorder = startRecord({
      kind: 'deploy',
      folders,
      environment: options.environment,
      env: run.environment,
      checkout,
      onWarning: run.onWarning,
      skills: run.tasks.map(({ skill }) => [skill, digests.get(skill) ?? {}]),
    });
    const earlier = recorder.earlierResults();
    const published = await publishAll(preparation, environment.publish);
    const ready =
      environment.source === 'artefact' ? published : await pushSources(published, checkout, run.signal);
    const results = [
      ...tellEnded(ready.failed, recorder, run),
      ...(await ship(run, environment, folders, ready, recorder)),
    ];
    recorder.finish(runStatus([...earlier, ...results]));
    return { results, earlier };
  } finally {
    await environment.close();
  }
}

async function ship(
  run: DeployRun,
  environment: Environment,
  folders: WorkspaceFolders,
  { prepared }: Preparation,
  recorder: DeploymentRecorder,
): Promise<DeployResult[]> {
  const unverified = recorder.unverified();
  const requests = prepared.map(({ request }) => ({ ...request, unverified: unverified.get(request.skill) }));
  const suffix = suffixOf(run.options);
  const tests = run.options.smokeTest ? await smokeTestsOf(run, environment) : undefined;
  const results = await deployFleet(requests, {
    client: environment.client,
    pollIntervalMs: environment.pollIntervalMs,
    verifyTimeoutMs: Math.min(longestVerifyMs, run.options.timeout * 1000),
    ...(tests && { smokeTest: tests.smokeTest }),
    signal: run.signal,
    onEvent: (event) => {
      const advised = adviseEvent(event, suffix);
      recorder.event(advised);
      run.onEvent(advised);
    },
    claim: (skill, signal) => claim(join(folders.claims, `${environment.name}-${skill}.jsonl`), { signal }),
  });
  await tests?.finish();
  return results.map((result) => withAdvice(result, suffix));
}

function smokeTestsOf(run: DeployRun, { label }: Environment): Promise<SmokeTests> {
  const { workspaceRoot, tasks, options, environment, onWarning } = run;
  const places = tasks.map(({ skill, skillRoot }) => ({ workspaceRoot, skill, skillRoot }));
  return startSmokeTests({ workspaceRoot, places, target: options, environment, platform: label, onWarning });
}
