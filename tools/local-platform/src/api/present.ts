import {
  type App,
  type AppSpec,
  type Deployment,
  instanceSizes,
  type Region,
  regions,
} from '@odoobo/app-platform/spec';
import { activeDeployment, underWay } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { deploymentType } from './deployment-type.js';
import { presentProgress } from './progress.js';
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
