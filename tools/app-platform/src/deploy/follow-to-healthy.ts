import { deployedDigest } from '../check/live-app.js';
import { liveMarkOf } from '../versions/source-commit.js';
import type { AppRun } from './app-run.js';
import type { Applied } from './apply.js';
import { DeployFailure } from './failure.js';
import { confirmLive, followToActive, verifyLive, within } from './stages.js';

/**
 * Follows a deployment without a new version until it is live and healthy, and checks that it is still live then.
 * @throws DeployFailure when one of these fails, or takes too long
 */
export async function followToHealthy(run: AppRun, applied: Applied): Promise<void> {
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
