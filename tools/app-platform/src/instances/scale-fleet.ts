import { randomUUID } from 'node:crypto';
import { AppRun } from '../deploy/app-run.js';
import type { Applied } from '../deploy/apply.js';
import { withClaim } from '../deploy/claim.js';
import { forEachApp } from '../deploy/each-app.js';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { followToHealthy } from '../deploy/follow-to-healthy.js';
import type { Ending, RunRequest } from '../deploy/skill-run.js';
import { confirmLive, followToActive, within } from '../deploy/stages.js';
import { startOnce } from '../deploy/start-once.js';
import type { App, AppSpec, Deployment } from '../spec/index.js';
import { differences } from '../versions/diff.js';
import { type Mark, markOf, withMark } from '../versions/mark.js';
import { type Rescaled, rescaled, type Wanted } from '../versions/rescale.js';
import { asBefore, requireServing, type Serving } from './live-app.js';

export interface ScaleRequest extends RunRequest, Wanted {}

/**
 * Changes the number or the size of the instances of what is live, of many skills at once, each independently: no build, and at
 * most one write per skill. Later deploys keep it, as long as the App Spec says the same as now.
 * @returns a result for each request, in their order; a failure is a result, not an exception
 */
export function scaleFleet(requests: readonly ScaleRequest[], deps: DeployDeps): Promise<DeployResult[]> {
  return forEachApp(requests, deps, (request, fleet, emit) => {
    const run = new AppRun(request, fleet, emit);
    return { run: () => run, digest: () => run.digest, act: (app) => scale(run, app) };
  });
}

async function scale(run: AppRun<ScaleRequest>, app: App | undefined): Promise<Ending> {
  const serving = await requireServing(run, app, 'scale');
  const { live } = serving;
  const before = live.spec ?? serving.app.spec;
  const { spec, marked, isChanged, notes } = rescaledFor(before, run.request);
  const note = notes.join('\n');
  if (!isChanged) {
    run.known.deploymentId = live.id;
    return { outcome: 'unchanged', note };
  }
  run.known.action = 'scale';
  run.emit({ type: 'planned', action: 'scale', changes: differences(spec, before) });
  const mark = { ...markFor(run, before), ...marked, over: live.id };
  const deployment = await within(run, (signal) =>
    withClaim(run, signal, () => write(run, serving, withMark(spec, mark), signal)),
  );
  const applied: Applied = { action: 'scale', app: serving.app, deployment };
  if (spec.maintenance?.archive) await followArchived(run, applied);
  else await followToHealthy(run, applied);
  return { outcome: 'deployed', note };
}

/** @throws DeployFailure */
function rescaledFor(before: AppSpec, request: ScaleRequest): Rescaled {
  try {
    return rescaled(before, request, request.skill);
  } catch (cause) {
    throw new DeployFailure({ code: ownCauseCodes.invalidSize, message: (cause as Error).message, cause });
  }
}

/** Nothing of it runs, so nothing is healthy. */
async function followArchived(run: AppRun, applied: Applied): Promise<void> {
  run.known.deploymentId = applied.deployment.id;
  await within(run, async (signal) => confirmLive(run, await followToActive(run, applied, signal), signal));
}

/** The mark of what is live. */
function markFor({ request: { skill, origin } }: AppRun, before: AppSpec): Mark {
  const { archived: _archived, ...mark } = markOf(before) ?? { ...origin, skill, artefact: '-', write: '' };
  return { ...mark, write: randomUUID() };
}

async function write(run: AppRun, serving: Serving, spec: AppSpec, signal: AbortSignal): Promise<Deployment> {
  const { client } = run.fleet;
  const { id: appId } = await asBefore(run, serving, signal);
  const isOurs = (one: Deployment) => markOf(one.spec)?.write === markOf(spec)?.write;
  const send = async () => {
    const reply = await client.updateApp(appId, spec, { signal });
    const begun = [reply.pending_deployment, reply.in_progress_deployment, reply.active_deployment];
    const listed = async () => (await client.listDeployments(appId, { signal })).find(isOurs);
    return begun.find((one) => one && isOurs(one)) ?? (await listed()) ?? noDeployment();
  };
  const deployment = await startOnce(run, { appId, what: 'the write', send, isOurs }, signal);
  run.known.deploymentId = deployment.id;
  run.emit({ type: 'written', action: 'scale', appId, deploymentId: deployment.id });
  return deployment;
}

function noDeployment(): never {
  const message = 'the platform accepted the size but started no deployment: check the app on the platform';
  throw new DeployFailure({ code: ownCauseCodes.noDeployment, message });
}
