import { abortable } from '../clock.js';
import type { App } from '../spec/index.js';
import { apply, type Applied } from './apply.js';
import { DeployFailure, logTail } from './failure.js';
import { rollBack } from './roll-back.js';
import type { Ending, SkillRun } from './run.js';
import { followToActive, verifyLive, within } from './stages.js';

/**
 * Brings one skill live: plan, at most one write, follow it to its end, verify it, else roll back.
 * @throws DeployFailure, AppPlatformError, or the signal's reason
 */
export async function deploySkill(run: SkillRun, app: App | undefined): Promise<Ending> {
  const applied = await within(run, (signal) => apply(run, app, signal));
  run.known.deploymentId = applied.deployment.id;
  if (applied.action === 'none') return { outcome: 'unchanged' };
  const live = await within(run, (signal) => followToActive(run, applied, signal));
  try {
    await verifyLive(run, live, run.request.digest);
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    return rollBack(run, live, await withRunLog(run, live, error));
  }
  return { outcome: 'deployed' };
}

/** A service that is live and unhealthy says why in what it writes. */
async function withRunLog(
  run: SkillRun,
  { app, deployment }: Applied,
  failure: DeployFailure,
): Promise<DeployFailure> {
  const { client, signal, explaining } = run.fleet;
  const where = { appId: app.id, deploymentId: deployment.id };
  const reading = explaining(() => logTail(client, where, ['RUN', 'DEPLOY'], signal));
  return new DeployFailure({ ...failure.told, logTail: await abortable(reading, signal), cause: failure });
}
