import { AppPlatformError } from '../client/errors.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { underWay } from '../deploy/plan.js';
import type { App, Deployment } from '../spec/index.js';
import { isSameVersion, previousVersion, rolledBackFrom, wasEverLive } from '../versions/history.js';
import type { RollbackRun } from './rollback-run.js';

/** What a rollback does to an app: nothing, delete it, or go back to a deployment. */
export type Choice =
  | { type: 'left'; note: string }
  | { type: 'delete' }
  /** `following`: a rollback to it is in progress already. */
  | { type: 'back'; target: Deployment; following?: Deployment | undefined };

/** @throws DeployFailure that says why there is nothing to go back to */
export async function choose(run: RollbackRun, app: App, signal: AbortSignal): Promise<Choice> {
  const { to, onlyFailed, skill } = run.request;
  const deployments = await run.fleet.client.listDeployments(app.id, { signal });
  const live = app.active_deployment;
  if (onlyFailed && deployments[0]?.phase !== 'ERROR') {
    return { type: 'left', note: 'its last deployment did not fail' };
  }
  if (onlyFailed && live) {
    const note = `${skill} serves ${live.id}; its last deployment failed and never took traffic`;
    return { type: 'left', note };
  }
  if (!live && !wasEverLive(deployments)) return neverLive(run, app);
  const target = to === undefined ? previous(app, deployments) : await chosen(run, app, to, signal);
  if (live && isLiveAlready(run, target, app)) {
    const note = `the version of deployment ${target.id} is already live, as deployment ${live.id}`;
    return { type: 'left', note };
  }
  return { type: 'back', target, following: rollbackUnderWay(app, target, to) };
}

function neverLive({ request }: RollbackRun, app: App): Choice {
  const coming = underWay(app);
  if (coming) {
    throw refused(
      `${request.skill} was never live, and deployment ${coming.id} is ${coming.phase ?? 'under way'}: wait for its end`,
    );
  }
  if (request.deleteIfFirst) return { type: 'delete' };
  throw new DeployFailure({
    code: ownCauseCodes.neverLive,
    message: `${request.skill} was never live, so there is no earlier deployment to roll back to`,
  });
}

/** A chosen version that another run has just restored is not deployed again. Pinning the app needs a write, though. */
function isLiveAlready({ request }: RollbackRun, target: Deployment, app: App): boolean {
  const live = app.active_deployment;
  if (!live || live.id === target.id || request.pin || underWay(app)) return false;
  return target.phase === 'SUPERSEDED' && isSameVersion(target, live);
}

function previous(app: App, deployments: readonly Deployment[]): Deployment {
  const live = app.active_deployment;
  const target = previousVersion(deployments, live);
  if (target) return target;
  const [left] = rolledBackFrom(deployments, deployments);
  if (live && left) {
    throw new DeployFailure({
      code: ownCauseCodes.rolledBackFrom,
      message: `there is no earlier deployment to roll back to: deployment ${left.id} was rolled back from`,
    });
  }
  const why = live ? `deployment ${live.id} is the only version that was ever live` : 'no version was live';
  throw refused(`there is no earlier deployment to roll back to: ${why}`);
}

async function chosen(run: RollbackRun, app: App, to: string, signal: AbortSignal): Promise<Deployment> {
  try {
    return await run.fleet.client.getDeployment(app.id, to, { signal });
  } catch (error) {
    // 400: it is no id at all, such as a digest.
    if (!(error instanceof AppPlatformError) || ![400, 404].includes(error.status ?? 0)) throw error;
    throw refused(`${run.request.skill} has no deployment ${to}`, error);
  }
}

/** Continues a rollback to the target that is in progress; another deployment in progress is replaced only if `to` is given. */
function rollbackUnderWay(app: App, target: Deployment, to: string | undefined): Deployment | undefined {
  const coming = underWay(app);
  if (coming?.cloned_from === target.id) return coming;
  if (!coming || to !== undefined) return undefined;
  throw new DeployFailure({
    code: ownCauseCodes.changedMeanwhile,
    message:
      `deployment ${coming.id} is ${coming.phase ?? 'under way'}: wait for its end, ` +
      'or name the deployment to restore',
  });
}

function refused(message: string, cause?: unknown): DeployFailure {
  return new DeployFailure({ code: ownCauseCodes.nothingEarlier, message, cause });
}
