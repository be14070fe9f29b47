import { refusalOf, startRollback } from '../rollback/start.js';
import { withClaim, type Applied } from './apply.js';
import { DeployFailure } from './failure.js';
import { underWay } from './plan.js';
import type { Ending, SkillRun } from './run.js';
import { followToActive, verifyLive, within } from './stages.js';

/**
 * A deployment went live and is not healthy: brings back what was live before.
 * The result is a failure in any case; it says whether the earlier version serves again.
 */
export async function rollBack(run: SkillRun, live: Applied, failure: DeployFailure): Promise<Ending> {
  const previous = run.known.previousDeploymentId;
  if (!previous) return failed(failure, 'Nothing was live before, so there is nothing to roll back to.');
  try {
    const deployment = await within(run, (signal) =>
      withClaim(run, signal, async () => {
        const refused = await refusal(run, live, previous, signal);
        if (refused) throw new Error(refused);
        run.emit({ type: 'rolling-back', from: live.deployment.id, to: previous, reason: failure.message });
        return startRollback(
          run,
          { appId: live.app.id, newest: live.deployment.id, to: previous, skipPin: true },
          signal,
        );
      }),
    );
    run.known.rollbackDeploymentId = deployment.id;
    const back = await within(run, (signal) => followToActive(run, { ...live, deployment }, signal));
    await verifyLive(run, back);
    run.emit({ type: 'rolled-back', deploymentId: deployment.id, to: previous });
    const told = `Rolled back to ${previous}, as deployment ${deployment.id}, which is healthy.`;
    return { ...failed(failure, told), outcome: 'rolled-back' };
  } catch (error) {
    run.fleet.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return failed(failure, `Not rolled back to ${previous}: ${message}`);
  }
}

function failed(failure: DeployFailure, and: string): Ending {
  return { outcome: 'failed', cause: { ...failure.told, message: `${failure.message}. ${and}` } };
}

/** Why there is no rollback, if so: somebody deployed meanwhile, or the platform would refuse it. */
async function refusal(
  run: SkillRun,
  { app, deployment }: Applied,
  to: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { client } = run.fleet;
  const now = await client.getApp(app.id, { signal });
  const other = underWay(now) ?? now.active_deployment;
  if (other && other.id !== deployment.id) return `deployment ${other.id} was started meanwhile`;
  const refused = refusalOf(await client.validateRollback(app.id, to, { skipPin: true, signal }));
  return refused && `${refused.code}: ${refused.message}`;
}
