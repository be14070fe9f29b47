import { deployedDigest } from '../check/live-app.js';
import type { Applied } from '../deploy/apply.js';
import { DeployFailure } from '../deploy/failure.js';
import { confirmLive, followToActive, verifyLive, within } from '../deploy/stages.js';
import { liveMarkOf } from '../versions/source-commit.js';
import type { RollbackRun } from './rollback-run.js';

/**
 * Follows a deployment of an earlier version until it is live and healthy, and checks that it is still live then.
 * @throws DeployFailure when one of these fails, or takes too long
 */
export async function bringBack(run: RollbackRun, applied: Applied): Promise<void> {
  const { id } = applied.deployment;
  run.known.deploymentId = id;
  const live = await within(run, (signal) => followToActive(run, applied, signal));
  const digest = deployedDigest(live.deployment.spec);
  run.digest = digest ?? '-';
  try {
    await verifyLive(run, live, digest);
  } catch (error) {
    await within(run, (signal) => confirmLive(run, live, signal));
    if (!(error instanceof DeployFailure)) throw error;
    const message = `deployment ${id} is live but not healthy: ${error.message}`;
    throw new DeployFailure({ ...error.details, message, cause: error });
  }
  await within(run, (signal) => confirmLive(run, live, signal));
  run.known.liveMark = liveMarkOf(live.deployment);
}
