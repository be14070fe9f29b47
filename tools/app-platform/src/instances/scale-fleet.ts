import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AppRun } from '../deploy/app-run.js';
import { withClaim } from '../deploy/claim.js';
import { forEachApp } from '../deploy/each-app.js';
import { type DeployResult, ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { DeployDeps } from '../deploy/fleet.js';
import { followToHealthy } from '../deploy/follow-to-healthy.js';
import type { Ending, RunRequest } from '../deploy/skill-run.js';
import { within } from '../deploy/stages.js';
import { startOnce } from '../deploy/start-once.js';
import type { App, AppSpec, Deployment } from '../spec/index.js';
import { differences } from '../versions/diff.js';
import { type Mark, markOf, type Size, withMark } from '../versions/mark.js';
import { describeSize, sizesIn, withSizes } from '../versions/size.js';
import { asBefore, requireServing, type Serving } from './live-app.js';

/** The size that a component is to have; what is not given stays. */
export interface WantedSize {
  instances?: number | undefined;
  /** The slug of a size, such as `apps-s-1vcpu-1gb`. */
  size?: string | undefined;
  /** Autoscaling between these numbers of instances. */
  min?: number | undefined;
  max?: number | undefined;
}

/** The size of one component. */
export interface WantedComponent extends WantedSize {
  /** The name of a service or worker. Default: the only one. */
  component?: string | undefined;
}

export interface ScaleRequest extends RunRequest {
  sizes: readonly WantedComponent[];
}

/** Autoscaling needs something to go by. */
const defaultMetrics = { cpu: { percent: 80 } };

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
  const { skill, sizes } = run.request;
  const wanted = sizes.map((size) => resized(size, before, skill));
  const changed = wanted.filter(({ from, to }) => !isDeepStrictEqual(from, to));
  if (changed.length === 0) {
    run.known.deploymentId = live.id;
    const note = wanted.map(({ component, to }) => `${component} already has ${describeSize(to)}`).join('\n');
    return { outcome: 'unchanged', note };
  }
  const spec = withSizes(before, new Map(changed.map(({ component, to }) => [component, to])));
  run.known.action = 'scale';
  run.emit({ type: 'planned', action: 'scale', changes: differences(spec, before) });
  const marked = withMark(spec, { ...markFor(run, before, changed), over: live.id });
  const deployment = await within(run, (signal) =>
    withClaim(run, signal, () => write(run, serving, marked, signal)),
  );
  await followToHealthy(run, { action: 'scale', app: serving.app, deployment });
  const notes = changed.map(
    ({ component, from, to }) => `${component}: ${describeSize(to)} instead of ${describeSize(from)}`,
  );
  return { outcome: 'deployed', note: notes.join('\n') };
}

/** A component with its size, now and then. */
interface Resized {
  component: string;
  from: Size;
  to: Size;
}

function resized(wanted: WantedComponent, spec: AppSpec, skill: string): Resized {
  const component = componentOf(wanted, spec, skill);
  const from = sizesIn(spec).get(component) ?? {};
  return { component, from, to: sizeFor(wanted, from) };
}

/** @throws DeployFailure that names the components if there is no such one, or none is named and there are several */
function componentOf({ component }: WantedComponent, spec: AppSpec, skill: string): string {
  const names = [...sizesIn(spec).keys()];
  if (component !== undefined && names.includes(component)) return component;
  const [only, ...others] = names;
  if (component === undefined && only !== undefined && others.length === 0) return only;
  const why =
    component === undefined
      ? `${skill} has ${names.length === 0 ? 'no service or worker' : `several components: ${names.join(', ')}. Name one: --component`}`
      : `${skill} has no service or worker "${component}"${names.length === 0 ? '' : `, but ${names.join(', ')}`}`;
  throw new DeployFailure({ code: ownCauseCodes.invalidSize, message: why });
}

function sizeFor({ instances, size, min, max }: WantedSize, now: Size): Size {
  const { autoscaling, instance_count: count, instance_size_slug: slug } = now;
  const sized = { instance_size_slug: size ?? slug };
  if (instances !== undefined) return { instance_count: instances, ...sized };
  if (min === undefined && max === undefined)
    return { ...sized, ...(autoscaling === undefined ? { instance_count: count } : { autoscaling }) };
  const {
    min_instance_count: least = count,
    max_instance_count: most = count,
    metrics = defaultMetrics,
  } = (autoscaling ?? {}) as { min_instance_count?: number; max_instance_count?: number; metrics?: object };
  return {
    ...sized,
    autoscaling: { min_instance_count: min ?? least, max_instance_count: max ?? most, metrics },
  };
}

/** The mark of what is live, with what is scaled now; the App Spec's own size is that from before the first time. */
function markFor({ request: { skill, origin } }: AppRun, before: AppSpec, changed: readonly Resized[]): Mark {
  const mark = markOf(before) ?? { ...origin, skill, artefact: '-', write: '' };
  const scaled = new Map(Object.entries(mark.scaled ?? {}));
  for (const { component, from, to } of changed) {
    const over = scaled.get(component)?.over ?? from;
    if (isDeepStrictEqual(to, over)) scaled.delete(component);
    else scaled.set(component, { to, over });
  }
  return { ...mark, write: randomUUID(), scaled: Object.fromEntries(scaled) };
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
