import { abortable } from '../clock.js';
import type { App } from '../spec/index.js';
import { apply, type Applied } from './apply.js';
import { DeployFailure, logTail } from './failure.js';
import { rollBack } from './roll-back.js';
import type { Ending, SkillRun } from './run.js';
import { followToActive, smokeTestLive, verifyLive, within } from './stages.js';

/**
 * Brings one skill live: plan, at most one write, follow it to its end, verify it, else roll back. What is live already is
 * verified too: a run before this one may have been stopped before it could.
 * @throws DeployFailure, AppPlatformError, or the signal's reason
 */
export async function deploySkill(run: SkillRun, app: App | undefined): Promise<Ending> {
  const applied = await within(run, (signal) => apply(run, app, signal));
  const { deployment } = applied;
  run.known.deploymentId = deployment.id;
  run.phase = deployment.phase;
  const isNew = applied.action !== 'none';
  const live = isNew ? await within(run, (signal) => followToActive(run, applied, signal)) : applied;
  try {
    await smokeTestLive(run, await verifyLive(run, live, run.request.digest));
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    const failure = await withRunLog(run, live, error);
    if (!isNew && run.request.unverified !== deployment.id) throw liveBefore(failure);
    return rollBack(run, live, failure);
  }
  return { outcome: isNew ? 'deployed' : 'unchanged' };
}

/** What was proven before may suffer from something else than its version: that is for a person to judge. */
function liveBefore(failure: DeployFailure): DeployFailure {
  const message = `${failure.message}. This version was live before the run, so it was not rolled back`;
  return new DeployFailure({ ...failure.told, message, cause: failure });
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
