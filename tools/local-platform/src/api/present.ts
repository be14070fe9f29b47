import {
  type App,
  type AppSpec,
  type Deployment,
  type DeploymentProgress,
  type DeploymentProgressStep,
  instanceSizes,
  type Region,
  regions,
} from '@odoobo/app-platform/spec';
import { activeDeployment, underWay } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord, Step } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { deploymentType } from './deployment-type.js';
import { projectOf } from './projects.js';

/** What reaches other programs on this machine comes from here, whatever `egress` says. */
const loopback = { id: '127.0.0.1', ip: '127.0.0.1', status: 'ASSIGNED' };

/** The `app` of the official document. `url` is where it answers; shown once something was live. */
export function presentApp(app: AppRecord, url: string | undefined, secrets: SecretBox): App {
  const active = activeDeployment(app);
  const current = underWay(app);
  const pinned = app.deployments.find(({ id }) => id === app.pin?.deploymentId);
  const field = current?.phase === 'PENDING_BUILD' ? 'pending_deployment' : 'in_progress_deployment';
  return {
    id: app.id,
    spec: secrets.show(app.spec),
    created_at: app.createdAt,
    updated_at: app.updatedAt,
    ...(app.deployments[0] && { last_deployment_created_at: app.deployments[0].createdAt }),
    ...(active && { last_deployment_active_at: active.phaseUpdatedAt }),
    project_id: projectOf(app),
    ...(active && { active_deployment: presentDeployment(app, active, secrets) }),
    ...(current && { [field]: presentDeployment(app, current, secrets) }),
    ...(pinned && { pinned_deployment: presentDeployment(app, pinned, secrets) }),
    ...(active && url !== undefined && addresses(url)),
    ...(active?.spec.egress?.type === 'DEDICATED_IP' && { dedicated_ips: [loopback] }),
    region: presentRegion(regionOf(app.spec)),
    tier_slug: tierOf(app.spec),
  };
}

/** `previous_deployment_id` and `cause_details` are in the official Go client only (godo, apps.gen.go). */
export function presentDeployment(
  app: AppRecord,
  deployment: DeploymentRecord,
  secrets: SecretBox,
): Deployment {
  const { spec } = deployment;
  const names = (components: readonly { name: string }[] | undefined) =>
    components?.map(({ name }) =>
      withoutUndefined({ name, source_commit_hash: deployment.sources?.[name]?.commit }),
    );
  return withoutUndefined({
    id: deployment.id,
    spec: secrets.show(spec),
    services: names(spec.services),
    static_sites: names(spec.static_sites),
    workers: names(spec.workers),
    jobs: names(spec.jobs),
    functions: names(spec.functions),
    phase: deployment.phase,
    phase_last_updated_at: deployment.phaseUpdatedAt,
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    cause: deployment.cause,
    cause_details: { type: deploymentType(deployment) },
    cloned_from: deployment.clonedFrom,
    previous_deployment_id: liveBefore(app, deployment)?.id,
    progress: presentProgress(deployment.steps),
    tier_slug: tierOf(spec),
  });
}

/** The deployment that was live when this one began. */
function liveBefore(app: AppRecord, deployment: DeploymentRecord): DeploymentRecord | undefined {
  return app.deployments
    .slice(app.deployments.indexOf(deployment) + 1)
    .find(({ phase }) => phase === 'ACTIVE' || phase === 'SUPERSEDED');
}

export function presentRegion(region: Region): Record<string, unknown> {
  const { dataCenters, ...rest } = region;
  return { ...rest, data_centers: dataCenters };
}

function addresses(url: string): Partial<App> {
  return { default_ingress: url, live_url: url, live_url_base: url, live_domain: new URL(url).host };
}

function regionOf(spec: AppSpec): Region {
  const found = regions.find(({ slug }) => slug === spec.region) ?? regions.find((region) => region.default);
  if (found === undefined) throw new Error('The list of regions has no default.');
  return found;
}

/** The highest tier that a component's instance size belongs to. */
function tierOf(spec: AppSpec): string {
  const slugs = [...(spec.services ?? []), ...(spec.workers ?? []), ...(spec.jobs ?? [])].map(
    (component) => component.instance_size_slug,
  );
  const tiers = slugs.map((slug) => instanceSizes.find((size) => size.slug === slug)?.tier);
  return tiers.includes('professional') ? 'professional' : 'basic';
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** The `progress` of the official document: counters of the leaves (zero ones are left out), their tree, and the leaves. */
export function presentProgress(steps: readonly Step[]): DeploymentProgress {
  const count = (status: Step['status']) => steps.filter((step) => step.status === status).length;
  const counters = {
    pending_steps: count('PENDING'),
    running_steps: count('RUNNING'),
    success_steps: count('SUCCESS'),
    error_steps: count('ERROR'),
    total_steps: steps.length,
  };
  return {
    ...Object.fromEntries(Object.entries(counters).filter(([, value]) => value > 0)),
    steps: presentTree(steps, 0, isFinished(steps)),
    summary_steps: steps.map(presentLeaf),
  };
}

/** Steps that are pending then stay so: those of jobs for a failure that did not happen. */
function isFinished(steps: readonly Step[]): boolean {
  return steps.some(({ path, status }) => path.join('/') === 'deploy/finalize' && status === 'SUCCESS');
}

function presentTree(steps: readonly Step[], depth: number, finished: boolean): DeploymentProgressStep[] {
  const names = new Set(steps.map((step) => step.path[depth]));
  return [...names].map((name) => {
    const under = steps.filter((step) => step.path[depth] === name);
    const [only] = under;
    if (only?.path.length === depth + 1) return presentLeaf(only);
    const begun = under.filter(({ status }) => status !== 'PENDING');
    const counted = finished && begun.length > 0 ? begun : under;
    return { name, ...combined(counted, depth), steps: presentTree(under, depth + 1, finished) };
  });
}

function presentLeaf(step: Step): DeploymentProgressStep {
  return {
    name: step.path.at(-1),
    status: step.status,
    ...(step.component !== undefined && { component_name: step.component }),
    ...(step.message !== undefined && { message_base: step.message }),
    ...(step.startedAt !== undefined && { started_at: step.startedAt }),
    ...(step.endedAt !== undefined && { ended_at: step.endedAt }),
    ...(step.reason && { reason: step.reason }),
  };
}

/** What a parent step says of its leaves. Below `components` (depth 1) each parent stands for one component. */
function combined(leaves: readonly Step[], depth: number): DeploymentProgressStep {
  const statuses = leaves.map(({ status }) => status);
  const status = statuses.includes('ERROR')
    ? 'ERROR'
    : statuses.every((one) => one === statuses[0])
      ? statuses[0]
      : 'RUNNING';
  const started = leaves.flatMap(({ startedAt }) => startedAt ?? []).sort()[0];
  const ended = leaves
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  return {
    status,
    ...(depth === 2 && { component_name: leaves[0]?.component }),
    ...(started !== undefined && { started_at: started }),
    ...(ended !== undefined && (status === 'SUCCESS' || status === 'ERROR') && { ended_at: ended }),
  };
}
