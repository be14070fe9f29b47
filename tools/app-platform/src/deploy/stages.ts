import { abortable, startDeadline } from '@odoobo/machine/time';
import type { LiveApp } from '../check/live-app.js';
import { backoff } from '../client/backoff.js';
import type { App, Deployment } from '../spec/index.js';
import { builtFrom } from '../versions/source-commit.js';
import type { Applied } from './apply.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure, describeStep, endedSteps, failedStep, readLogEnd, runningStep } from './failure.js';
import { describeDeployment, overtakenBy } from './overtaken.js';
import { underWay } from './plan.js';
import type { Run } from './skill-run.js';
import { healthUrl, type VerifyTarget } from './verify.js';

const urlLooks = 5;
const firstLookMs = 500;

/** Limits one stage to the request's timeout; the error says what the run was waiting for. */
export async function within<T>(run: Run, stage: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, signal, watcher } = run.fleet;
  const deadline = startDeadline(clock, run.request.timeoutMs, signal);
  try {
    return await stage(deadline.signal);
  } catch (error) {
    if (error !== deadline.passed) throw error;
    const poll = watcher.lastError ? ` (last poll: ${watcher.lastError.message})` : '';
    throw new DeployFailure({
      code: ownCauseCodes.deadline,
      phase: run.phase,
      message: `not live within ${run.request.timeoutMs / 1000} s: ${standing(run)}${poll}`,
      cause: error,
    });
  } finally {
    deadline.clear();
  }
}

/** The state of the platform when a run ends here. */
export function standing({ following, phase, writeSent, afterwards, rollout, hasPassed }: Run): string {
  if (rollout !== undefined) return `rollout ${rollout} goes on by itself; the next deploy takes it up`;
  if (following && phase === 'ACTIVE')
    return `deployment ${following} is live ${hasPassed ? 'and healthy' : 'but not verified'}`;
  if (following) {
    return `deployment ${following} is still ${phase ?? 'under way'}; ${afterwards}`;
  }
  return writeSent
    ? `a write got no reply and may still have had an effect; ${afterwards}`
    : 'nothing was deployed';
}

/** Follows a deployment until it is live, and reports each step. */
export async function followToActive(run: Run, applied: Applied, signal: AbortSignal): Promise<Applied> {
  const { id } = applied.deployment;
  let last = '';
  const onPoll = (deployment: Deployment): void => {
    const { phase = 'UNKNOWN', progress } = deployment;
    const step = runningStep(deployment);
    const seen = {
      phase,
      done: progress?.success_steps ?? 0,
      total: progress?.total_steps ?? 0,
      ...(step && { step }),
    };
    run.phase = phase;
    if (JSON.stringify(seen) === last) return;
    last = JSON.stringify(seen);
    run.emit({ type: 'progress', deploymentId: id, ...seen });
  };
  onPoll(applied.deployment);
  const beforeInquiry = () => run.fleet.writes.leaveCalls(run.request.skill, signal);
  const ended = await run.fleet.watcher.follow(applied.app.id, id, { signal, onPoll, beforeInquiry });
  run.phase = ended.deployment.phase;
  run.steps ??= endedSteps(ended.deployment);
  if (ended.deployment.phase !== 'ACTIVE') throw await endFailure(run, applied.app.id, ended.deployment);
  const app = await withUrl(run, ended.app ?? applied.app, signal);
  const url = urlOf(app);
  if (url) run.known.url = url;
  run.emit({ type: 'active', deploymentId: id, ...(url && { url }) });
  return { ...applied, app, deployment: ended.deployment };
}

function urlOf(app: App): string | undefined {
  return app.live_url || app.default_ingress || undefined;
}

/** The app with its URL, which is empty until the first deployment is live, and may appear a little later. */
async function withUrl(run: Run, app: App, signal: AbortSignal): Promise<App> {
  let now = app;
  for (let looks = 1; looks <= urlLooks && !urlOf(now); looks += 1) {
    now = await run.fleet.client.getApp(app.id, { signal });
    if (!urlOf(now)) await run.fleet.clock.sleep(backoff(looks, firstLookMs), signal);
  }
  return now;
}

/** Checks the health of the live service. Without a digest, none is compared. @returns what was checked */
export async function verifyLive(
  run: Run,
  { app, deployment }: Applied,
  digest: string | undefined,
): Promise<LiveApp> {
  const url = urlOf(app);
  if (!url) {
    const message = 'the app is live but has no URL: add a service, and an ingress rule that routes to it';
    throw new DeployFailure({ code: ownCauseCodes.unhealthy, phase: 'ACTIVE', message });
  }
  const target = targetOf(run, url, digest);
  const at = healthUrl(target).href;
  run.emit({ type: 'verifying', url: at });
  const tries = await run.fleet.verifier.verify(target, run.fleet.signal);
  run.emit({ type: 'verified', url: at, tries });
  const [built] = builtFrom(deployment);
  return {
    url,
    deploymentId: deployment.id,
    ...(digest && { digest }),
    ...(built && { commit: built.commit }),
  };
}

/** What is checked of the live service of a run. */
export function targetOf({ request, fleet }: Run, url: string, digest: string | undefined): VerifyTarget {
  const { skill, healthPath } = request;
  return { url, healthPath, digest, headers: fleet.healthHeaders?.(skill) };
}

/** Tests the live service beyond its health, if the run has a smoke test. */
export async function smokeTestLive(run: Run, live: LiveApp): Promise<void> {
  const { smokeTest, signal } = run.fleet;
  if (!smokeTest) return;
  run.emit({ type: 'smoke-testing', url: live.url });
  const problems = await abortable(smokeTest(run.request.skill, live, signal), signal);
  if (problems.length > 0) {
    const message = ['the smoke test failed:', ...problems].join('\n  ');
    throw new DeployFailure({ code: ownCauseCodes.smokeTest, phase: 'ACTIVE', message });
  }
  run.emit({ type: 'smoke-tested', url: live.url });
}

/** Why a deployment has ended without being live. Not limited by the deadline of the deployment, which has ended. */
function endFailure(run: Run, appId: string, deployment: Deployment): Promise<DeployFailure> {
  const { signal, explaining } = run.fleet;
  const explain = deployment.phase === 'ERROR' ? explained : overtaken;
  return abortable(
    explaining(() => explain(run, appId, deployment, signal)),
    signal,
  );
}

/** The failure of a deployment, with the end of its log. */
async function explained(
  run: Run,
  appId: string,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<DeployFailure> {
  const { step, reason, phase } = failedStep(deployment);
  const where = { appId, deploymentId: deployment.id, component: step?.component_name };
  const types = phase === 'BUILDING' ? (['BUILD'] as const) : (['DEPLOY', 'RUN'] as const);
  const said = describeStep(step);
  return new DeployFailure({
    code: reason?.code ?? ownCauseCodes.unexplained,
    phase,
    step: said,
    message: `${sentence(reason?.message ?? `${said ?? 'the deployment'} failed`)} ${servesOn(run)}`,
    ...(await readLogEnd(run.fleet.client, where, [...types], signal)),
  });
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}

/** A deployment that fails never gets traffic. */
function servesOn(run: Run): string {
  const { previousDeploymentId } = run.known;
  return previousDeploymentId
    ? `Deployment ${previousDeploymentId} keeps serving.`
    : 'No version was live before, so the app serves nothing.';
}

/** The failure when a deployment was cancelled, or replaced by another one. */
async function overtaken(
  run: Run,
  appId: string,
  { id, phase }: Deployment,
  signal: AbortSignal,
): Promise<DeployFailure> {
  const deployments = await run.fleet.client.listDeployments(appId, { signal });
  const next = deployments[deployments.findIndex((one) => one.id === id) - 1];
  if (next) {
    const live = deployments.find((one) => one.phase === 'ACTIVE') ?? next;
    const by = live.id === next.id ? '' : ` by ${describeDeployment(next)}`;
    return overtakenBy(run, live, { why: `deployment ${id} was overtaken${by}`, phase });
  }
  const message = `deployment ${id} was cancelled. ${servesOn(run)}`;
  return new DeployFailure({ code: ownCauseCodes.cancelled, phase, message });
}

/** The app at some moment after this call. @throws DeployFailure when it was deleted */
export async function stillThere(run: Run, app: App, signal: AbortSignal): Promise<App> {
  const now = await run.fleet.apps.afterwards(app, signal);
  if (now) return now;
  const message = `the app was deleted meanwhile, and deployment ${run.following ?? ''} with it`;
  throw new DeployFailure({ code: ownCauseCodes.gone, message });
}

/** Makes sure that a deployment is live at this moment. @throws DeployFailure that names what is live instead */
export async function confirmLive(
  run: Run,
  { app, deployment }: Applied,
  signal: AbortSignal,
): Promise<void> {
  const now = await stillThere(run, app, signal);
  const live = now.active_deployment;
  if (live?.id === deployment.id) return;
  throw noLongerLive(run, now, deployment);
}

/** The failure when another deployment is live than before. */
export function noLongerLive(run: Run, now: App, { id }: Deployment): DeployFailure {
  const why = `deployment ${id} is no longer live`;
  const other = now.active_deployment ?? underWay(now);
  if (other) return overtakenBy(run, other, { why });
  return new DeployFailure({ outcome: 'superseded', code: ownCauseCodes.overtaken, message: why });
}
