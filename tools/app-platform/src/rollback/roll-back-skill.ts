import type { Applied } from '../deploy/apply.js';
import { changedSince } from '../deploy/changed-since.js';
import { withClaim } from '../deploy/claim.js';
import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { followToHealthy } from '../deploy/follow-to-healthy.js';
import { underWay } from '../deploy/plan.js';
import { requireOurs } from '../deploy/require-ours.js';
import type { Ending } from '../deploy/skill-run.js';
import { within } from '../deploy/stages.js';
import type { App, Deployment } from '../spec/index.js';
import { differences } from '../versions/diff.js';
import { wasEverLive } from '../versions/history.js';
import { type Choice, choose } from './choose.js';
import { commit, revert } from './end-rollback.js';
import type { RollbackRun } from './rollback-run.js';
import { refusalOf, startRollback } from './start.js';

/**
 * Restores the previous version of one skill: choose, validate, one write, follow it to its end, verify it.
 * @throws DeployFailure, AppPlatformError, or the signal's reason
 */
export async function rollBackSkill(run: RollbackRun, app: App | undefined): Promise<Ending> {
  const { skill, end, onlyFailed } = run.request;
  if (!app && onlyFailed) return { outcome: 'unchanged', note: 'it was never deployed' };
  if (!app) throw nothing(`there is no app "${skill}", so there is nothing to roll back: deploy it first`);
  Object.assign(run.known, { appId: app.id, ...(app.live_url && { url: app.live_url }) });
  await requireOurs(run, app);
  if (end === 'commit') return commit(run, app);
  if (end === 'revert') return revert(run, app);
  const choice = await within(run, (signal) => choose(run, app, signal));
  if (choice.type === 'left') return leaveAlone(run, app, choice.note);
  return choice.type === 'delete' ? deleteFirst(run, app) : goBack(run, app, choice);
}

/** Ends a run without a change. */
function leaveAlone(run: RollbackRun, { active_deployment: live }: App, note: string): Ending {
  if (live) run.known.deploymentId = live.id;
  return { outcome: 'unchanged', note };
}

function nothing(message: string): DeployFailure {
  return new DeployFailure({ code: ownCauseCodes.nothingEarlier, message });
}

async function goBack(
  run: RollbackRun,
  app: App,
  choice: Extract<Choice, { type: 'back' }>,
): Promise<Ending> {
  const { target, following } = choice;
  const live = app.active_deployment;
  run.known.action = 'rollback';
  if (live) run.known.previousDeploymentId = live.id;
  const changes = target.spec && live?.spec ? differences(target.spec, live.spec) : [];
  run.emit({
    type: 'planned',
    action: 'rollback',
    changes,
    ...(following && { deploymentId: following.id }),
  });
  const { started, warnings } = await within(run, async (signal) =>
    following
      ? { started: { app, deployment: following }, warnings: [] }
      : withClaim(run, signal, () => write(run, app, target, signal)),
  );
  await followToHealthy(run, { action: 'rollback', ...started });
  run.emit({ type: 'rolled-back', deploymentId: started.deployment.id, to: target.id });
  return { outcome: 'deployed', note: [`back to ${target.id}`, ...warnings].join('; ') };
}

interface Written {
  started: Pick<Applied, 'app' | 'deployment'>;
  /** The platform's warnings about a rollback that it accepts. */
  warnings: string[];
}

/** Under the claim: what is live must still be what the choice was based on. */
async function write(run: RollbackRun, seen: App, target: Deployment, signal: AbortSignal): Promise<Written> {
  const { client } = run.fleet;
  const skipPin = !run.request.pin;
  const app = await client.getApp(seen.id, { signal });
  const other = changedSince(app, seen);
  // Someone else has started the same rollback.
  if (other?.cloned_from === target.id) return { started: { app, deployment: other }, warnings: [] };
  if (other) throw overtaken(other);
  const validation = await client.validateRollback(app.id, target.id, { skipPin, signal });
  const refusal = refusalOf(validation);
  if (refusal) {
    if (app.pinned_deployment) run.known.pinned = true;
    throw new DeployFailure({
      code: refusal.code,
      message: `the platform refuses to roll back to ${target.id}: ${refusal.message}`,
    });
  }
  const deployment = await startRollback(run, { appId: app.id, to: target.id, skipPin }, signal);
  if (!skipPin) run.known.pinned = true;
  const { id } = deployment;
  run.known.deploymentId = id;
  run.emit({ type: 'written', action: 'rollback', appId: app.id, deploymentId: id });
  const warnings = (validation.warnings ?? []).map(({ code, message }) => `${code}: ${message}`);
  return { started: { app, deployment }, warnings };
}

function overtaken({ id, cause }: Deployment): DeployFailure {
  const why = cause ? ` (${cause})` : '';
  return new DeployFailure({
    code: ownCauseCodes.changedMeanwhile,
    message: `deployment ${id}${why} was started meanwhile, so nothing was rolled back: check it, then roll back again`,
  });
}

/** Deletes an app that was never live. Reads it again under the claim: a deploy may have started. */
async function deleteFirst(run: RollbackRun, seen: App): Promise<Ending> {
  const { client } = run.fleet;
  run.known.action = 'delete';
  run.emit({ type: 'planned', action: 'delete', changes: [] });
  return within(run, (signal) =>
    withClaim(run, signal, async () => {
      const app = await client.getApp(seen.id, { signal });
      const other = underWay(app) ?? app.active_deployment;
      if (other) throw overtaken(other);
      if (wasEverLive(await client.listDeployments(app.id, { signal }))) {
        throw nothing(`${run.request.skill} was live before: it is not deleted`);
      }
      run.writeSent = true;
      await client.deleteApp(app.id, { signal });
      return { outcome: 'deployed', note: 'it was never live; the app was deleted' } as const;
    }),
  );
}
