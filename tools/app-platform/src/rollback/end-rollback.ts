import { AppPlatformError } from '../client/errors.js';
import { withClaim } from '../deploy/claim.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { followToHealthy } from '../deploy/follow-to-healthy.js';
import type { Ending } from '../deploy/skill-run.js';
import { within } from '../deploy/stages.js';
import type { App, Deployment } from '../spec/index.js';
import { isSameVersion } from '../versions/history.js';
import type { RollbackRun } from './rollback-run.js';

/** Keeps a rollback that has pinned the app, so that deploys continue from it. */
export async function commit(run: RollbackRun, seen: App): Promise<Ending> {
  const { client } = run.fleet;
  run.known.action = 'commit';
  await within(run, (signal) =>
    withPin(run, seen, signal, async (app) => {
      try {
        await client.commitRollback(app.id, { signal });
      } catch (error) {
        if (!(await unpinnedAfter(run, error, app, signal))) throw error;
      }
    }),
  );
  run.known.pinned = false;
  if (seen.active_deployment) run.known.deploymentId = seen.active_deployment.id;
  return { outcome: 'deployed', note: 'the rollback is kept; the next deploy starts from this version' };
}

/** Undoes a rollback that has pinned the app: the spec from before it is deployed. */
export async function revert(run: RollbackRun, seen: App): Promise<Ending> {
  run.known.action = 'revert';
  if (seen.active_deployment) run.known.previousDeploymentId = seen.active_deployment.id;
  const started = await within(run, (signal) =>
    withPin(run, seen, signal, async (app) => ({ app, deployment: await startRevert(run, app, signal) })),
  );
  const { app, deployment } = started;
  run.known.deploymentId = deployment.id;
  run.known.pinned = false;
  run.emit({ type: 'written', action: 'revert', appId: app.id, deploymentId: deployment.id });
  await followToHealthy(run, { action: 'revert', ...started });
  return { outcome: 'deployed', note: 'the version from before the rollback is live again' };
}

/** Runs `work` under the claim, with the app as it is then. @throws DeployFailure when it is not pinned */
function withPin<T>(
  run: RollbackRun,
  { id }: App,
  signal: AbortSignal,
  work: (app: App) => Promise<T>,
): Promise<T> {
  const { action } = run.known;
  run.emit({ type: 'planned', action, changes: [] });
  return withClaim(run, signal, async () => {
    const app = await run.fleet.client.getApp(id, { signal });
    if (!app.pinned_deployment) {
      const message = `the app is not pinned, so there is no rollback to ${action}`;
      throw new DeployFailure({ code: ownCauseCodes.nothingEarlier, message });
    }
    run.known.pinned = true;
    run.writeSent = true;
    return work(app);
  });
}

/** When the reply is lost, follows what the call has started: the deployment of the version from before the rollback. */
async function startRevert(run: RollbackRun, app: App, signal: AbortSignal): Promise<Deployment> {
  const { client } = run.fleet;
  const before = await client.listDeployments(app.id, { signal });
  const pinned = before.findIndex(({ id }) => id === app.pinned_deployment?.id);
  const wanted = before[pinned + 1];
  try {
    return await client.revertRollback(app.id, { signal });
  } catch (error) {
    if (!wanted || !(await unpinnedAfter(run, error, app, signal))) throw error;
    const known = new Set(before.map(({ id }) => id));
    const since = (await client.listDeployments(app.id, { signal })).filter(({ id }) => !known.has(id));
    const begun = since.findLast((one) => one.cloned_from === undefined && isSameVersion(one, wanted));
    // Someone else has committed the rollback meanwhile, so there was nothing to revert.
    if (!begun) throw error;
    return begun;
  }
}

/** After a lost reply: the app, if the call took effect. */
async function unpinnedAfter(
  run: RollbackRun,
  error: unknown,
  { id }: App,
  signal: AbortSignal,
): Promise<App | undefined> {
  if (!(error instanceof AppPlatformError) || error.outcome !== 'unknown') return undefined;
  const now = await run.fleet.client.getApp(id, { signal });
  return now.pinned_deployment ? undefined : now;
}
