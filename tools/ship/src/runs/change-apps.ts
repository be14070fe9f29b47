import type { DeployDeps, DeployResult, Origin } from '@odoobo/app-platform';
import { readCheckout, repositoryOf } from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { join } from 'node:path';
import { nameDeployer } from '../deploy/deployer.js';
import { notPrepared } from '../deploy/prepare-all.js';
import { loadManifest } from '../manifest/load-manifest.js';
import type { SkillManifest } from '../manifest/manifest.js';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { placedOrigin } from '../placement/placement.js';
import { connectAndKeep, type Platform, type PlatformOptions } from '../platform/connect.js';
import type { DeploymentRecorder } from '../records/deployment-recorder.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { traceHeaders } from '../trace/trace-ids.js';
import { adviseEvent, withAdvice } from './advice.js';
import { suffixOf } from './live-skills.js';
import { redactorOf } from './redactor.js';
import type { RunHooks, RunResults } from './show-deploys.js';
import { type ChangeKind, reportEnded, startRecord } from './start-record.js';

/** A run that changes what is live without a new version of it. */
export interface ChangeRun<Options> extends RunHooks {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: Options;
  env: NodeJS.ProcessEnv;
}

/** What is asked of one skill's app. */
export interface ChangeRequest {
  skill: string;
  /** The path on which the live service must answer 200. */
  healthPath: string;
  timeoutMs: number;
  origin?: Origin | undefined;
}

/** What a run does to its apps. */
export interface AppChange<Request extends ChangeRequest> {
  kind: Exclude<ChangeKind, 'deploy'>;
  /** What is asked of an app, beside the common; or why nothing is. */
  ask: (manifest: SkillManifest) => Omit<Request, keyof ChangeRequest> | { nothing: string };
  fleet: (requests: readonly Request[], deps: DeployDeps) => Promise<DeployResult[]>;
  /** Called with the results before they are recorded. */
  afterwards?: (results: readonly DeployResult[]) => Promise<void>;
}

/** A skill whose change can begin. */
interface Prepared<Request> {
  request: Request;
  /** Removes the secrets of the skill's environment from a text. */
  redact: (text: string) => string;
}

/**
 * Changes the apps of a run: connects once, passes all to the engine and records the results.
 * @throws when the run as a whole cannot start: no platform, no token
 */
export async function changeApps<
  Request extends ChangeRequest,
  Options extends PlatformOptions & { timeout: number },
>(run: ChangeRun<Options>, change: AppChange<Request>): Promise<RunResults> {
  const { options, workspaceRoot } = run;
  const folders = workspaceFolders(workspaceRoot);
  const checkout = await readCheckout(workspaceRoot);
  const origin = { repository: await repositoryOf({ cwd: workspaceRoot, signal: run.signal }) };
  const outcomes = await Promise.all(run.places.map((place) => prepare(place, run, change, origin)));
  const platform = await connectAndKeep(options, folders, run.env, run);
  try {
    run.onStart(platform.label);
    const recorder = startRecord({
      kind: change.kind,
      folders,
      environment: options.environment,
      env: run.env,
      by: await nameDeployer(run.env, { cwd: workspaceRoot, signal: run.signal }),
      skills: run.places.map(({ skill, placement }) => ({ skill, of: placement?.of, checkout })),
      onWarning: run.onWarning,
    });
    const failed = outcomes.filter((outcome) => 'outcome' in outcome);
    const prepared = outcomes.filter((outcome) => 'request' in outcome);
    const results = [
      ...reportEnded(failed, recorder, run),
      ...(await carryOut({ run, change, platform, prepared, recorder })),
    ];
    await change.afterwards?.(results);
    await recorder.finish(results);
    return { results, earlier: [] };
  } finally {
    await platform.close();
  }
}

interface Started<Request extends ChangeRequest, Options> {
  run: ChangeRun<Options>;
  change: AppChange<Request>;
  platform: Platform;
  prepared: readonly Prepared<Request>[];
  recorder: DeploymentRecorder;
}

async function carryOut<Request extends ChangeRequest, Options extends PlatformOptions>({
  run,
  change,
  platform: { client, name, pollIntervalMs },
  prepared,
  recorder,
}: Started<Request, Options>): Promise<DeployResult[]> {
  const { claims } = workspaceFolders(run.workspaceRoot);
  const suffix = suffixOf(run.options);
  const results = await change.fleet(
    prepared.map(({ request }) => request),
    {
      client,
      pollIntervalMs,
      signal: run.signal,
      healthHeaders: (skill) => traceHeaders(recorder.run, skill),
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
async function prepare<Request extends ChangeRequest, Options extends { timeout: number }>(
  place: SkillPlace,
  { options, env }: ChangeRun<Options>,
  { ask }: AppChange<Request>,
  origin: Origin,
): Promise<Prepared<Request> | DeployResult> {
  try {
    const manifest = await loadManifest(place.workspaceRoot, place.skillRoot);
    const asked = ask(manifest);
    if ('nothing' in asked) return untouched(place.skill, asked.nothing);
    const { healthPath } = manifest;
    const own = { ...origin, ...placedOrigin(place.placement) };
    const common = { skill: place.skill, healthPath, timeoutMs: options.timeout * 1000, origin: own };
    return { request: { ...common, ...asked } as Request, redact: await redactorOf(place, env) };
  } catch (error) {
    return notPrepared(place.skill, error);
  }
}

function untouched(skill: string, note: string): DeployResult {
  return { skill, outcome: 'unchanged', action: 'none', digest: '-', durationMs: 0, note };
}
