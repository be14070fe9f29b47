import { deployedDigest } from '../check/live-app.js';
import type { Applied } from '../deploy/apply.js';
import { withClaim } from '../deploy/claim.js';
import { DeployFailure, withMore } from '../deploy/failure.js';
import { underWay } from '../deploy/plan.js';
import type { Ending, SkillRun } from '../deploy/skill-run.js';
import { confirmLive, followToActive, verifyLive, within } from '../deploy/stages.js';
import type { Deployment } from '../spec/index.js';
import { previousVersion } from '../versions/history.js';
import { liveMarkOf } from '../versions/source-commit.js';
import { refusalOf, startRollback } from './start.js';

/**
 * After a deployment went live and failed: restores the previous version, and verifies it.
 * The result is a failure in any case; it says whether the earlier version serves again.
 */
export async function rollBack(run: SkillRun, live: Applied, failure: DeployFailure): Promise<Ending> {
  // No rollback restores a rollout: it goes back to what was live before that.
  let to = run.overRollout ? undefined : run.known.previousDeploymentId;
  try {
    to ??= await versionBefore(run, live);
    if (!to) return failed(failure, 'No version was live before, so there is nothing to roll back to.');
    const deployment = await startBack(run, live, to, failure.message);
    run.known.rollbackDeploymentId = deployment.id;
    return await finishBack(run, { ...live, deployment }, to, failure);
  } catch (error) {
    run.fleet.signal.throwIfAborted();
    return failed(failure, `Not rolled back${to ? ` to ${to}` : ''}: ${textOf(error)}`);
  }
}

function startBack(run: SkillRun, live: Applied, to: string, reason: string): Promise<Deployment> {
  return within(run, (signal) =>
    withClaim(run, signal, async () => {
      const refused = await refusal(run, live, to, signal);
      if (refused) throw new Error(refused);
      const from = live.deployment.id;
      run.emit({ type: 'rolling-back', from, to, reason });
      return startRollback(run, { appId: live.app.id, to, skipPin: true }, signal);
    }),
  );
}

/** Follows a rollback, and reports whether its version is live and healthy again. */
async function finishBack(
  run: SkillRun,
  started: Applied,
  to: string,
  failure: DeployFailure,
): Promise<Ending> {
  const back = await within(run, (signal) => followToActive(run, started, signal));
  const outcome = `Rolled back to ${to}, as deployment ${back.deployment.id}`;
  try {
    await verifyLive(run, back, deployedDigest(back.deployment.spec));
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    return failed(failure, `${outcome}, but that is not healthy either: ${error.message}`);
  }
  await within(run, (signal) => confirmLive(run, back, signal));
  run.known.liveMark = liveMarkOf(back.deployment);
  run.emit({ type: 'rolled-back', deploymentId: back.deployment.id, to });
  return { ...failed(failure, `${outcome}, which is healthy.`), outcome: 'rolled-back' };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The version that was live before the one that an earlier run has deployed. */
async function versionBefore(run: SkillRun, { app, deployment }: Applied): Promise<string | undefined> {
  const deployments = await run.fleet.client.listDeployments(app.id, { signal: run.fleet.signal });
  return previousVersion(deployments, deployment)?.id;
}

function failed(failure: DeployFailure, and: string): Ending {
  return { outcome: 'failed', cause: { ...failure.details, message: withMore(failure.message, and) } };
}

/** Why no rollback is possible, if so: someone else has deployed meanwhile, or the platform would refuse it. */
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
