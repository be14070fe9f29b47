import { backoff } from '../client/backoff.js';
import { AppPlatformError } from '../client/errors.js';
import { abortable } from '../clock.js';
import type { App, Deployment } from '../spec/index.js';
import { ownCauseCodes, type DeployResult } from './events.js';
import { DeployFailure } from './failure.js';
import { underWay, type Plan } from './plan.js';
import type { Claim, Run, SkillRun } from './run.js';
import { comesWithPush } from './source-commit.js';

/** What is to be followed to its end, or is there already. */
export interface Applied {
  action: DeployResult['action'];
  app: App;
  deployment: Deployment;
}

/** A write is sent twice at most: once more when its reply was lost and it took no effect. */
const MAX_WRITES = 2;
const LOOKS = 3;
const FIRST_LOOK_MS = 200;
const LONGEST_LOOK_MS = 2_000;
/** How long the platform may take to notice a push. A webhook of GitHub's takes seconds. */
const PUSH_WAIT_MS = 30_000;
/** How long a claim is waited for in silence. */
const SILENT_WAIT_MS = 250;

/** Makes the one write that a skill needs, if any. Under a claim, so that another deployer here does not make it too. */
export async function apply(run: SkillRun, app: App | undefined, signal: AbortSignal): Promise<Applied> {
  const first = await tellPlan(run, app);
  if (first.action === 'none' || first.action === 'follow') return settled(first);
  const { claim, writing } = run.fleet;
  // The list is from before a dependency went live, or another deployer may have written since.
  const isStale = claim !== undefined || run.request.after !== undefined;
  return withClaim(run, signal, async () => {
    // Before its turn to write, so that all who hold their claims by now share one read.
    const now = app && isStale ? await run.fleet.apps.again(app, signal) : app;
    const section = async (): Promise<Applied> => {
      signal.throwIfAborted();
      return write(run, now, signal, 1);
    };
    return abortable(writing(section), signal);
  });
}

/** Does something while no other deployer on this machine writes to the skill's app. */
export async function withClaim<T>(run: Run, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { claim } = run.fleet;
  if (!claim) return work();
  const held = await claimed(run, claim, signal);
  try {
    return await work();
  } finally {
    // One that cannot be given back, on a full disk, ends with this process; what was deployed is deployed all the same.
    await held.release().catch(() => undefined);
  }
}

type Held = Awaited<ReturnType<Claim>>;

/** Waits for the claim, and says so when that takes a while. */
async function claimed(run: Run, claim: Claim, signal: AbortSignal): Promise<Held> {
  const { skill } = run.request;
  const got = new AbortController();
  run.fleet.clock.sleep(SILENT_WAIT_MS, AbortSignal.any([signal, got.signal])).then(
    () => run.emit({ type: 'waiting', reason: 'deployer', for: skill }),
    () => undefined,
  );
  const coming = Promise.resolve().then(() => claim(skill, signal));
  try {
    return await abortable(coming, signal);
  } catch (error) {
    // A claim that comes after all must not be kept.
    coming.then((late) => late.release()).catch(() => undefined);
    throw error;
  } finally {
    got.abort();
  }
}

async function tellPlan(run: SkillRun, app: App | undefined): Promise<Plan> {
  return tell(run, app, await run.plan(app));
}

function tell(run: SkillRun, app: App | undefined, plan: Plan): Plan {
  const { action, changes, deployment, live } = plan;
  Object.assign(run.known, {
    action,
    ...(app && { appId: app.id }),
    ...(live && action !== 'none' && { previousDeploymentId: live.id }),
    ...(app?.live_url && { url: app.live_url }),
  });
  run.emit({ type: 'planned', action, changes, ...(deployment && { deploymentId: deployment.id }) });
  return plan;
}

function settled({ action, app, deployment }: Plan): Applied {
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
  // Somebody else has been here since the list was read.
  if (plan.action !== run.known.action) await tellPlan(run, app);
  if (plan.action === 'none' || plan.action === 'follow') return settled(plan);
  refusePinned(app);
  const pushed = await startedByPush(run, plan, signal);
  if (pushed) return settled(pushed);
  try {
    return await started(run, plan, await send(run, plan, signal), signal);
  } catch (error) {
    if (!isWorthALook(error, plan)) throw error;
    const found = await look(run, signal);
    // A name in use is our own when an earlier reply was lost.
    const mayBeOurs = error.outcome === 'unknown' || writes > 1;
    const ours = found && mayBeOurs ? await findOurs(run, found, app, signal) : undefined;
    if (found && ours) return told(run, { action: plan.action, app: found, deployment: ours });
    if (writes === MAX_WRITES) throw error;
    return write(run, found, signal, writes + 1);
  }
}

/** A push to a branch that the platform watches starts a deployment by itself: a write would start a second one. */
async function startedByPush(run: SkillRun, plan: Plan, signal: AbortSignal): Promise<Plan | undefined> {
  const { spec } = run.request;
  if (plan.action !== 'update' || !comesWithPush(plan.changes, spec)) return undefined;
  const { clock, apps } = run.fleet;
  run.emit({ type: 'waiting', reason: 'push', for: spec.name });
  const end = clock.now() + PUSH_WAIT_MS;
  for (let looks = 1; clock.now() < end; looks += 1) {
    await clock.sleep(backoff(looks, FIRST_LOOK_MS, LONGEST_LOOK_MS), signal);
    const app = (await apps.read(signal)).named(spec.name);
    const now = await run.plan(app);
    // One that is live by now was under way a moment ago: it is what the push has started all the same.
    if (now.action === 'follow' || now.action === 'none')
      return tell(run, app, { ...now, action: 'follow', ...(plan.live && { live: plan.live }) });
  }
  return undefined;
}

function send(run: SkillRun, { app, spec }: Plan, signal: AbortSignal): Promise<App> {
  run.writeSent = true;
  if (!app) return run.fleet.client.createApp(spec, { signal });
  const updateAllSourceVersions = run.request.updateSources ?? false;
  return run.fleet.client.updateApp(app.id, spec, { updateAllSourceVersions, signal });
}

/** While an app is pinned the platform deploys nothing. */
function refusePinned(app: App | undefined): void {
  if (!app?.pinned_deployment) return;
  throw new DeployFailure({
    code: ownCauseCodes.pinned,
    message:
      `the app is pinned to deployment ${app.pinned_deployment.id} by a rollback: ` +
      'commit or revert the rollback, then deploy again',
  });
}

/** A lost reply, a name in use, an app that is gone: look before giving up. */
function isWorthALook(error: unknown, plan: Plan): error is AppPlatformError {
  if (!(error instanceof AppPlatformError)) return false;
  const nameInUse = plan.action === 'create' && error.status === 409;
  const gone = plan.action === 'update' && error.status === 404;
  return error.outcome === 'unknown' || nameInUse || gone;
}

/** The app as it is now. Looks a few times: a call whose reply was lost may still be at work. */
async function look(run: SkillRun, signal: AbortSignal): Promise<App | undefined> {
  for (let looks = 1; ; looks += 1) {
    await run.fleet.clock.sleep(backoff(looks, FIRST_LOOK_MS), signal);
    const found = (await run.fleet.apps.read(signal)).named(run.request.spec.name);
    if (looks === LOOKS || (await run.plan(found)).deployment) return found;
  }
}

/** The deployment of a write whose reply was lost: live, under way, or ended already and so no longer in the app. */
async function findOurs(
  run: SkillRun,
  found: App,
  before: App | undefined,
  signal: AbortSignal,
): Promise<Deployment | undefined> {
  const { deployment } = await run.plan(found);
  if (deployment) return deployment;
  const [newest] = await run.fleet.client.listDeployments(found.id, { signal });
  const lastBefore = before ? Date.parse(before.last_deployment_created_at ?? '') : 0;
  const isNew = Date.parse(newest?.created_at ?? '') > lastBefore;
  return isNew && newest?.spec && (await run.wants(newest.spec)) ? newest : undefined;
}

/** The deployment that a write has started. */
async function started(run: SkillRun, plan: Plan, reply: App, signal: AbortSignal): Promise<Applied> {
  run.known.appId = reply.id;
  // The list can hold someone else's deployment: the one that is pending in the reply to a write is that write's.
  const deployment = reply.pending_deployment ?? newIn(reply, plan.app);
  if (deployment) return told(run, { action: plan.action, app: reply, deployment });
  const found = await look(run, signal);
  const later = found && newIn(found, plan.app);
  if (found && later) return told(run, { action: plan.action, app: found, deployment: later });
  throw new DeployFailure({
    code: ownCauseCodes.noDeployment,
    message: 'the platform took the spec and started no deployment: look at the app there, then deploy again',
  });
}

/** A deployment that the app did not have before. */
function newIn(app: App, before: App | undefined): Deployment | undefined {
  const old = [before?.active_deployment?.id, underWay(before)?.id];
  return [app.pending_deployment, app.in_progress_deployment, app.active_deployment].find(
    (deployment) => deployment && !old.includes(deployment.id),
  );
}

function told(run: SkillRun, applied: Applied): Applied {
  const { action, app, deployment } = applied;
  Object.assign(run.known, { action, appId: app.id, deploymentId: deployment.id });
  run.emit({ type: 'written', action, appId: app.id, deploymentId: deployment.id });
  return applied;
}
