import { abortable } from '../clock.js';
import type { App, Deployment } from '../spec/index.js';
import { apply, type Applied } from './apply.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure, logTail } from './failure.js';
import { rollBack } from './roll-back.js';
import type { Ending, SkillRun } from './run.js';
import { builtFrom, commitChanges } from './source-commit.js';
import { followToActive, smokeTestLive, verifyLive, within } from './stages.js';

/** How many times a version may be deployed once more while it is followed. */
const MAX_OVERTAKEN = 3;

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
  const live = isNew ? await within(run, (signal) => followVersion(run, applied, signal)) : applied;
  readCommit(run, live.deployment);
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

/** A version that is deployed twice, by a push and by a write, is followed from the one to the other. */
async function followVersion(run: SkillRun, first: Applied, signal: AbortSignal): Promise<Applied> {
  let following = first;
  for (let overtaken = 0; ; overtaken += 1) {
    try {
      return await followToActive(run, following, signal);
    } catch (error) {
      const isOvertaken = error instanceof DeployFailure && error.outcome === 'superseded';
      const next =
        isOvertaken && overtaken < MAX_OVERTAKEN ? await sameVersion(run, following, signal) : undefined;
      if (!next) throw error;
      following = next;
      run.known.deploymentId = next.deployment.id;
    }
  }
}

/** What has overtaken a deployment, where it is of the same version. */
async function sameVersion(
  run: SkillRun,
  { app, action }: Applied,
  signal: AbortSignal,
): Promise<Applied | undefined> {
  const now = await run.fleet.client.getApp(app.id, { signal });
  const { deployment, changes } = await run.plan(now);
  if (!deployment) return undefined;
  run.emit({ type: 'planned', action: 'follow', changes, deploymentId: deployment.id });
  return { action, app: now, deployment };
}

/** What was built is told, and has to be what was wanted. */
function readCommit(run: SkillRun, deployment: Deployment): void {
  const [built] = builtFrom(deployment);
  if (built) run.known.commit = built.commit;
  const [other] = commitChanges(run.request.sourceCommits ?? {}, deployment);
  if (!other) return;
  throw new DeployFailure({
    outcome: 'superseded',
    code: ownCauseCodes.otherCommit,
    phase: 'ACTIVE',
    message: `deployment ${deployment.id} was built from commit ${other.before}, not ${other.after}: somebody has pushed meanwhile. Pull, and deploy again`,
  });
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
