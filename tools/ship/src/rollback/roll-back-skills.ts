import { type DeployResult, type Origin, rollBackFleet, type RollbackRequest } from '@odoobo/app-platform';
import { readCheckout, repositoryOf } from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { join } from 'node:path';
import { notPrepared } from '../deploy/prepare-all.js';
import { loadManifest } from '../manifest/load-manifest.js';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { placedOrigin } from '../placement/placement.js';
import { connectAndKeep, type Platform } from '../platform/connect.js';
import type { DeploymentRecorder } from '../records/deployment-recorder.js';
import { runStatus } from '../records/run-status.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { adviseEvent, withAdvice } from '../runs/advice.js';
import { keepRestored } from '../runs/keep-restored.js';
import { suffixOf } from '../runs/live-skills.js';
import { redactorOf } from '../runs/redactor.js';
import type { RunHooks, RunResults } from '../runs/show-deploys.js';
import { reportEnded, startRecord } from '../runs/start-record.js';
import type { RollbackOptions } from './options.js';

export interface RollbackSkillsRun extends RunHooks {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: RollbackOptions;
  env: NodeJS.ProcessEnv;
}

/** A skill whose rollback can begin. */
interface Prepared {
  request: RollbackRequest;
  /** Removes the secrets of the skill's environment from a text. */
  redact: (text: string) => string;
}

/**
 * Rolls back the skills of a run: connects once, passes all to the engine and records the results.
 * @throws when the run as a whole cannot start: no platform, no token
 */
export async function rollBackSkills(run: RollbackSkillsRun): Promise<RunResults> {
  const { options, workspaceRoot } = run;
  const folders = workspaceFolders(workspaceRoot);
  const checkout = await readCheckout(workspaceRoot);
  const origin = { repository: await repositoryOf({ cwd: workspaceRoot, signal: run.signal }) };
  const outcomes = await Promise.all(run.places.map((place) => prepare(place, run, origin)));
  const platform = await connectAndKeep(options, folders, run.env, run);
  try {
    run.onStart(platform.label);
    const recorder = startRecord({
      kind: 'rollback',
      folders,
      environment: options.environment,
      env: run.env,
      skills: run.places.map(({ skill, placement }) => ({ skill, of: placement?.of, checkout })),
      onWarning: run.onWarning,
    });
    const failed = outcomes.filter((outcome) => 'outcome' in outcome);
    const prepared = outcomes.filter((outcome) => 'request' in outcome);
    const results = [
      ...reportEnded(failed, recorder, run),
      ...(await rollBack(run, platform, prepared, recorder)),
    ];
    await keepRestored({ ...run, environment: options.environment, results });
    await recorder.finish(runStatus(results));
    return { results, earlier: [] };
  } finally {
    await platform.close();
  }
}

async function rollBack(
  run: RollbackSkillsRun,
  { client, name, pollIntervalMs }: Platform,
  prepared: readonly Prepared[],
  recorder: DeploymentRecorder,
): Promise<DeployResult[]> {
  const { claims } = workspaceFolders(run.workspaceRoot);
  const suffix = suffixOf(run.options);
  const results = await rollBackFleet(
    prepared.map(({ request }) => request),
    {
      client,
      pollIntervalMs,
      signal: run.signal,
      redact: (text) => prepared.reduce((shown, { redact }) => redact(shown), text),
      onEvent: (event) => {
        const advised = adviseEvent(event, commandOf(run.places, event.skill, suffix));
        recorder.event(advised);
        run.onEvent(advised);
      },
      claim: (skill, signal) => claim(join(claims, `${name}-${skill}.jsonl`), { signal }),
    },
  );
  return results.map((result) => withAdvice(result, commandOf(run.places, result.skill, suffix)));
}

/** A problem with the files of one skill stops only that skill. */
async function prepare(
  place: SkillPlace,
  run: RollbackSkillsRun,
  origin: Origin,
): Promise<Prepared | DeployResult> {
  try {
    const own = { ...origin, ...placedOrigin(place.placement) };
    const request = { ...(await requestOf(place, run.options)), origin: own };
    return { request, redact: await redactorOf(place, run.env) };
  } catch (error) {
    return notPrepared(place.skill, error);
  }
}

async function requestOf(place: SkillPlace, options: RollbackOptions): Promise<RollbackRequest> {
  const { healthPath } = await loadManifest(place.workspaceRoot, place.skillRoot);
  return {
    skill: place.skill,
    healthPath,
    timeoutMs: options.timeout * 1000,
    to: options.to,
    pin: options.pin,
    deleteIfFirst: options.deleteIfFirst,
    onlyFailed: options.failed,
    end: options.commit ? 'commit' : options.revert ? 'revert' : undefined,
  };
}
