import { abortable } from '@odoobo/machine/time';
import { backoff } from '../client/backoff.js';
import { AppPlatformError } from '../client/errors.js';
import { rolloutIn } from '../rollout/specs.js';
import type { App, Deployment } from '../spec/index.js';
import { comesWithPush } from '../versions/source-commit.js';
import { withClaim } from './claim.js';
import { type DeployResult, ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import { obstacleTo } from './obstacles.js';
import { overtakenBy } from './overtaken.js';
import { underWay } from './plan.js';
import type { SkillPlanned, SkillRun } from './skill-run.js';

/** The deployment to follow to its end, or one that is already live. */
export interface Applied {
  action: DeployResult['action'];
  app: App;
  deployment: Deployment;
}

/** A write is sent at most twice: again when its reply was lost and it had no effect. */
const maxWrites = 2;
const mostLooks = 3;
const firstLookMs = 200;
const longestLookMs = 2_000;
/** How long the platform may take to notice a push. GitHub's webhooks take seconds. */
const pushWaitMs = 30_000;

/** Sends the one write that a skill needs, if any, under a claim, so that no other deployer on this machine sends it too. */
export async function apply(run: SkillRun, app: App | undefined, signal: AbortSignal): Promise<Applied> {
  const first = announce(run, await run.plan(app));
  if (first.action === 'none' || first.action === 'follow') return settled(first);
  const { claim, writing } = run.fleet;
  // The list was read before a dependency went live, or another deployer may have written since.
  const isStale = claim !== undefined || run.request.after !== undefined;
  return withClaim(run, signal, async () => {
    // Before waiting to write, so that all skills that hold their claims by now share one read.
    const now = app && isStale ? await run.fleet.apps.again(app, signal) : app;
    const section = async (): Promise<Applied> => {
      signal.throwIfAborted();
      return write(run, now, signal, 1);
    };
    return abortable(writing(section), signal);
  });
}

function announce(run: SkillRun, plan: SkillPlanned): SkillPlanned {
  const { action, app, changes, deployment, live, carried } = plan;
  Object.assign(run.known, {
    action,
    ...(app && { appId: app.id }),
    ...(live && action !== 'none' && { previousDeploymentId: live.id }),
    ...(app?.live_url && { url: app.live_url }),
  });
  run.overRollout = rolloutIn(live?.spec) !== undefined;
  const { removes, keeps } = carried;
  run.emit({
    type: 'planned',
    action,
    changes,
    ...(deployment && { deploymentId: deployment.id }),
    ...(action === 'update' && removes.length > 0 && { removes }),
    ...(action === 'update' && keeps.length > 0 && { keeps }),
  });
  return plan;
}

function settled({ action, app, deployment }: SkillPlanned): Applied {
  if (!app || !deployment) throw new Error(`a plan to ${action} without a deployment`);
  return { action, app, deployment };
}

async function write(
  run: SkillRun,
  app: App | undefined,
  signal: AbortSignal,
  writes: number,
): Promise<Applied> {
  const plan = await run.plan(app);
  // Someone else has changed the app since the list was read.
  if (plan.action !== run.known.action) announce(run, plan);
  if (plan.action === 'none' || plan.action === 'follow') return settled(plan);
  const obstacle = await obstacleTo(run, plan, signal);
  if (obstacle) throw obstacle;
  const pushed = await startedByPush(run, plan, signal);
  if (pushed) return settled(pushed);
  try {
    return await started(run, plan, await send(run, plan, signal), signal);
  } catch (error) {
    if (!isWorthALook(error, plan)) throw error;
    const found = await look(run, signal);
    if (found.ours) return written(run, { action: plan.action, app: found.app, deployment: found.ours });
    refuseAgain(run, plan, found.app, error);
    if (writes === maxWrites) throw error;
    return write(run, found.app, signal, writes + 1);
  }
}

/**
 * After a lost reply, a write is not sent again if the app has changed meanwhile: it was meant for the earlier state.
 * @throws DeployFailure
 */
function refuseAgain(run: SkillRun, plan: SkillPlanned, now: App | undefined, error: AppPlatformError): void {
  if (!plan.app || error.outcome !== 'unknown') return;
  if (!now) {
    const message = 'the write got no reply, and the app was deleted meanwhile';
    throw new DeployFailure({ code: ownCauseCodes.gone, message, cause: error });
  }
  const other = newIn(now, plan.app);
  if (other) throw overtakenBy(run, other, { why: 'the write got no reply and had no effect' });
}

/** After a push to a watched branch the platform starts a deployment by itself: a write would start a second one. */
async function startedByPush(
  run: SkillRun,
  plan: SkillPlanned,
  signal: AbortSignal,
): Promise<SkillPlanned | undefined> {
  const { spec } = run.request;
  if (plan.action !== 'update' || !comesWithPush(plan.changes, spec)) return undefined;
  const { clock, apps } = run.fleet;
  run.emit({ type: 'waiting', reason: 'push', for: spec.name });
  const end = clock.now() + pushWaitMs;
  for (let looks = 1; clock.now() < end; looks += 1) {
    await clock.sleep(backoff(looks, firstLookMs, longestLookMs), signal);
    const app = (await apps.read(signal)).named(spec.name);
    const now = await run.plan(app);
    // A deployment that is live by now was in progress a moment ago: the push has started it, too.
    if (now.action === 'follow' || now.action === 'none')
      return announce(run, { ...now, action: 'follow', ...(plan.live && { live: plan.live }) });
  }
  return undefined;
}

function send(run: SkillRun, plan: SkillPlanned, signal: AbortSignal): Promise<App> {
  run.writeSent = true;
  const spec = run.marked(plan);
  if (!plan.app) return run.fleet.client.createApp(spec, { project: run.request.project, signal });
  const updateAllSourceVersions = run.request.updateSources ?? false;
  return run.fleet.client.updateApp(plan.app.id, spec, { updateAllSourceVersions, signal });
}

/** After a lost reply, and if the name is in use or the app is gone: read the app before giving up. */
function isWorthALook(error: unknown, plan: SkillPlanned): error is AppPlatformError {
  if (!(error instanceof AppPlatformError)) return false;
  const nameInUse = plan.action === 'create' && error.status === 409;
  const gone = plan.action === 'update' && error.status === 404;
  return error.outcome === 'unknown' || nameInUse || gone;
}

/** The effect of a write. */
type Found =
  | { app: App; ours: Deployment }
  /** No effect so far. */
  | { app: App | undefined; ours?: undefined };

/** Reads the app a few times: the platform may still be processing a call whose reply was lost. */
async function look(run: SkillRun, signal: AbortSignal): Promise<Found> {
  for (let looks = 1; ; looks += 1) {
    await run.fleet.clock.sleep(backoff(looks, firstLookMs), signal);
    const app = (await run.fleet.apps.read(signal)).named(run.request.spec.name);
    const ours = app && (await writtenBy(run, app, signal));
    if (ours) return { app, ours };
    if (looks === mostLooks) return { app };
  }
}

/**
 * The deployment that our write has started, whatever happened to it since: the oldest with its mark. Later ones are copies,
 * made by a restart, a rollback, or a person who has edited the spec.
 */
async function writtenBy(run: SkillRun, { id }: App, signal: AbortSignal): Promise<Deployment | undefined> {
  const deployments = await run.fleet.client.listDeployments(id, { signal });
  return deployments.findLast(({ spec }) => run.hasWritten(spec));
}

/** The deployment that a write has started. */
async function started(run: SkillRun, plan: SkillPlanned, reply: App, signal: AbortSignal): Promise<Applied> {
  run.known.appId = reply.id;
  // The list may contain another deployer's deployment: the pending one in the reply to a write belongs to that write.
  const begun = [reply.pending_deployment, reply.in_progress_deployment, reply.active_deployment];
  const deployment = begun.find((one) => run.hasWritten(one?.spec)) ?? reply.pending_deployment;
  if (deployment) return written(run, { action: plan.action, app: reply, deployment });
  const found = await look(run, signal);
  if (found.ours) return written(run, { action: plan.action, app: found.app, deployment: found.ours });
  throw new DeployFailure({
    code: ownCauseCodes.noDeployment,
    message:
      'the platform accepted the spec but started no deployment: check the app on the platform, then deploy again',
  });
}

/** A deployment that the app did not have before. */
function newIn(app: App, before: App): Deployment | undefined {
  const old = [before.active_deployment?.id, underWay(before)?.id];
  return [app.pending_deployment, app.in_progress_deployment, app.active_deployment].find(
    (deployment) => deployment && !old.includes(deployment.id),
  );
}

function written(run: SkillRun, applied: Applied): Applied {
  const { action, app, deployment } = applied;
  Object.assign(run.known, { action, appId: app.id, deploymentId: deployment.id });
  run.emit({ type: 'written', action, appId: app.id, deploymentId: deployment.id });
  return applied;
}
