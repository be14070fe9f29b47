import { deployedDigest } from '../check/live-app.js';
import { forEachApp } from '../deploy/each-app.js';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { whoseApp } from '../deploy/ownership.js';
import { type Ending, type Fleet, type RunRequest, SkillRun } from '../deploy/skill-run.js';
import type { App } from '../spec/index.js';
import { aborted } from './release.js';
import { rolloutEvent } from './rollout-event.js';
import { RouterTrouble } from './router-state.js';
import { withoutRollout } from './specs.js';
import { rolloutOf, steerRollout } from './steer.js';

/** A rollout that a person ends. */
export interface AbortRequest extends RunRequest {
  secretOf: (rollout: string) => string;
  because: string;
  /** The id of the only rollout that is meant; undefined for whatever is under way. */
  only?: string;
}

/**
 * Ends the rollouts of skills without their new versions: first their routers send nothing more to the canaries, then one write
 * each makes the app what it was before.
 * @returns a result for each request, in their order; a failure is a result, not an exception
 */
export function abortRollouts(requests: readonly AbortRequest[], deps: DeployDeps): Promise<DeployResult[]> {
  return forEachApp(requests, deps, (request, fleet, emit) => {
    let run = runOf(request, fleet, undefined, () => undefined);
    let digest = '-';
    const act = (app: App | undefined) => {
      run = runOf(request, fleet, app, emit);
      digest = deployedDigest(app?.active_deployment?.spec) ?? '-';
      return abortSkill(run, app, request);
    };
    return { run: () => run, digest: () => digest, act };
  });
}

/** What is wanted is what was live before. */
function runOf(request: AbortRequest, fleet: Fleet, app: App | undefined, emit: SkillRun['emit']): SkillRun {
  const spec = app?.active_deployment?.spec ?? app?.spec;
  const wanted = spec ? withoutRollout(spec) : { name: request.skill };
  return new SkillRun({ ...request, spec: wanted, digest: deployedDigest(wanted) ?? '-' }, fleet, emit);
}

async function abortSkill(run: SkillRun, app: App | undefined, request: AbortRequest): Promise<Ending> {
  const canary = rolloutOf(app);
  const live = app?.active_deployment;
  if (!app || !canary || !live) return { outcome: 'unchanged', note: 'no rollout of it is under way' };
  if (request.only !== undefined && request.only !== canary.rollout) return replacedBy(canary.rollout);
  Object.assign(run.known, { appId: app.id, ...(app.live_url && { url: app.live_url }) });
  await requireOurs(run, app);
  try {
    const order = { do: 'abort', because: request.because } as const;
    run.emit(rolloutEvent(await steerRollout(app, request.secretOf, order, run.fleet.signal)));
  } catch (error) {
    // The write ends the rollout even if its routers do not answer.
    if (!(error instanceof RouterTrouble)) throw error;
  }
  await aborted(run, { action: 'follow', app, deployment: live }, canary, request.because);
  run.known.action = 'rollback';
  return {
    outcome: 'deployed',
    note: `rollout ${canary.rollout} was aborted; what was live before serves all users`,
  };
}

function replacedBy(rollout: string): Ending {
  return { outcome: 'unchanged', note: `another rollout, ${rollout}, is under way; it was left alone` };
}

/** @throws DeployFailure for an app that someone else has created: only its name belongs to the skill */
async function requireOurs({ request, fleet }: SkillRun, app: App): Promise<void> {
  const { skill, origin } = request;
  const whose = await whoseApp(fleet.client, app, { skill, origin }, fleet.signal);
  if (whose === 'ours') return;
  const message = `the app "${app.spec.name}" (${app.id}) was not changed: ${whose}`;
  throw new DeployFailure({ code: ownCauseCodes.notOurs, message });
}
