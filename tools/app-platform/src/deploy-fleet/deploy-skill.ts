import { abortable } from '@odoobo/machine/time';
import { type Applied, apply } from '../deploy/apply.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure, readLogEnd, withMore } from '../deploy/failure.js';
import type { DeployRequest, Ending, SkillRun } from '../deploy/skill-run.js';
import {
  followToActive,
  noLongerLive,
  smokeTestLive,
  stillThere,
  targetOf,
  verifyLive,
  within,
} from '../deploy/stages.js';
import { rollBack } from '../rollback/automatic.js';
import { release } from '../rollout/release.js';
import { rolloutIn } from '../rollout/specs.js';
import type { App, Deployment } from '../spec/index.js';
import { builtFrom, commitChanges } from '../versions/source-commit.js';

/** How many replacements of a deployment by another one of the same version are followed. */
const maxOvertaken = 3;

/**
 * Deploys one skill: plan, at most one write, follow the deployment to its end, verify it, else roll back. A version that is
 * live already is verified too: an earlier run may have been stopped before it could. The deploy succeeds only if the verified
 * deployment is live at that moment.
 * @throws DeployFailure, AppPlatformError, or the signal's reason
 */
export async function deploySkill(run: SkillRun, app: App | undefined): Promise<Ending> {
  if (run.request.promote) await requireRollout(run, app);
  const applied = await within(run, (signal) => apply(run, app, signal));
  run.fleet.writes.settle(run.request.skill);
  run.known.deploymentId = applied.deployment.id;
  run.phase = applied.deployment.phase;
  const canary = rolloutIn(applied.deployment.spec);
  if (!canary) return deployVersion(run, applied);
  const live = await within(run, (signal) => followVersion(run, applied, signal));
  const released = await release(run, live, canary);
  return 'ending' in released ? released.ending : deployVersion(run, released.promoted);
}

/** @throws DeployFailure if the wanted version is not the one that is rolled out */
async function requireRollout(run: SkillRun, app: App | undefined): Promise<void> {
  const { action, deployment } = await run.plan(app);
  if (action === 'none' || rolloutIn(deployment?.spec)) return;
  const there = rolloutIn(app?.active_deployment?.spec);
  const message = there
    ? `rollout ${there.rollout} is of another version than this checkout${there.commit ? `: check out ${there.commit}` : ''}, or by other steps. Nothing was changed`
    : 'no rollout of it is under way, so there is nothing to promote';
  throw new DeployFailure({ code: ownCauseCodes.noRollout, message });
}

/** Follows a version that is made live for all users. */
async function deployVersion(run: SkillRun, applied: Applied): Promise<Ending> {
  const isNew = applied.action !== 'none';
  let live = isNew ? await within(run, (signal) => followVersion(run, applied, signal)) : applied;
  for (let replaced = 0; ; replaced += 1) {
    readCommit(run, live.deployment);
    const failure = await whatFails(run, live);
    const current = live;
    const next = await within(run, (signal) => replacedBy(run, current, replaced, signal));
    if (!next)
      return failure ? failed(run, live, isNew, failure) : { outcome: isNew ? 'deployed' : 'unchanged' };
    live = next;
  }
}

/** Verifies the live deployment. @returns why it fails; undefined if it is healthy and passes its smoke test */
async function whatFails(run: SkillRun, live: Applied): Promise<DeployFailure | undefined> {
  try {
    const digest = digestOf(run.request);
    const service = await verifyLive(run, live, digest);
    run.verified = { applied: live, target: targetOf(run, service.url, digest), since: liveSince(run, live) };
    await smokeTestLive(run, service);
    run.hasPassed = true;
    return undefined;
  } catch (error) {
    if (error instanceof DeployFailure) return error;
    throw error;
  }
}

/** When the deployment turned live, in milliseconds; now, if the platform does not say. */
function liveSince({ fleet: { clock } }: SkillRun, { deployment }: Applied): number {
  const since = Date.parse(deployment.phase_last_updated_at ?? '');
  return Number.isNaN(since) ? clock.now() : since;
}

async function failed(run: SkillRun, live: Applied, isNew: boolean, cause: DeployFailure): Promise<Ending> {
  const failure = await withRunLog(run, live, cause);
  if (!isNew && run.request.unverified !== live.deployment.id) throw liveBefore(failure);
  return rollBack(run, live, failure);
}

/**
 * The deployment that has replaced a verified one; undefined if that is still live. Another deployment of the same version is
 * followed instead.
 * @throws DeployFailure if another version is live
 */
async function replacedBy(
  run: SkillRun,
  applied: Applied,
  replaced: number,
  signal: AbortSignal,
): Promise<Applied | undefined> {
  const { app, deployment } = applied;
  const now = await stillThere(run, app, signal);
  if (now.active_deployment?.id === deployment.id) return undefined;
  const next = replaced < maxOvertaken ? await sameVersion(run, now) : undefined;
  if (!next) throw noLongerLive(run, now, deployment);
  return followVersion(run, next, signal);
}

/** The digest that the live service should report; undefined if it is not known here. */
function digestOf({ digest, reportsOwnDigest }: DeployRequest): string | undefined {
  return reportsOwnDigest ? undefined : digest;
}

/** If a push and a write both deploy the version, follows the second deployment after the first. */
async function followVersion(run: SkillRun, first: Applied, signal: AbortSignal): Promise<Applied> {
  let following = first;
  for (let overtaken = 0; ; overtaken += 1) {
    run.known.deploymentId = following.deployment.id;
    try {
      const active = await followToActive(run, following, signal);
      run.rollout = undefined;
      return active;
    } catch (error) {
      const isOvertaken = error instanceof DeployFailure && error.outcome === 'superseded';
      if (!isOvertaken || overtaken >= maxOvertaken) throw error;
      const next = await sameVersion(run, await stillThere(run, following.app, signal));
      if (!next) throw error;
      delete run.known.overtakenBy;
      following = next;
    }
  }
}

/** The app's deployment of the wanted version, live or in progress. */
async function sameVersion(run: SkillRun, app: App): Promise<Applied | undefined> {
  const { deployment, changes } = await run.plan(app);
  if (!deployment) return undefined;
  run.known.action = 'follow';
  run.emit({ type: 'planned', action: 'follow', changes, deploymentId: deployment.id });
  return { action: 'follow', app, deployment };
}

/** Reports the commit that was built; it must be the wanted one. */
function readCommit(run: SkillRun, deployment: Deployment): void {
  const [built] = builtFrom(deployment);
  if (built) run.known.commit = built.commit;
  const [other] = commitChanges(run.request.sourceCommits ?? {}, deployment);
  if (!other) return;
  throw new DeployFailure({
    outcome: 'superseded',
    code: ownCauseCodes.otherCommit,
    phase: 'ACTIVE',
    message: `deployment ${deployment.id} was built from commit ${other.before}, not ${other.after}: another commit was pushed meanwhile. Pull, then deploy again`,
  });
}

/** If the version worked before, something other than the version may cause the failure: a person must decide. */
function liveBefore(failure: DeployFailure): DeployFailure {
  const message = withMore(
    failure.message,
    'This version was live before the run, so it was not rolled back',
  );
  return new DeployFailure({ ...failure.details, message, cause: failure });
}

/** Adds the end of the run log, which says why a live service is unhealthy. */
async function withRunLog(
  run: SkillRun,
  { app, deployment }: Applied,
  failure: DeployFailure,
): Promise<DeployFailure> {
  const { client, signal, explaining } = run.fleet;
  const where = { appId: app.id, deploymentId: deployment.id };
  const reading = explaining(() => readLogEnd(client, where, ['RUN', 'DEPLOY'], signal));
  return new DeployFailure({ ...failure.details, ...(await abortable(reading, signal)), cause: failure });
}
