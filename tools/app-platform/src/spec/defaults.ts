import type { AppSpec } from './app-spec.js';
import type { Job, Service, StaticSite, Worker } from './components.js';
import type { Env } from './envs.js';
import { defaultInstanceSizeSlug } from './instance-sizes.js';
import type { ImageSource } from './sources.js';

/**
 * The spec with the platform's defaults in its missing fields. The platform applies them where it reads a spec, and returns it
 * without them. Defaults are those of the official document and of godo's comments (apps.gen.go). Idempotent.
 */
export function withDefaults(spec: AppSpec): AppSpec {
  return compact({
    ...spec,
    envs: spec.envs?.map(envWithDefaults),
    services: spec.services?.map(serviceWithDefaults),
    workers: spec.workers?.map(workerWithDefaults),
    jobs: spec.jobs?.map(jobWithDefaults),
    static_sites: spec.static_sites?.map(staticSiteWithDefaults),
    functions: spec.functions?.map((one) => compact({ ...one, envs: one.envs?.map(envWithDefaults) })),
  });
}

/** Without undefined fields, which JSON does not have either. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function envWithDefaults(env: Env): Env {
  return {
    ...env,
    scope: env.scope === undefined || env.scope === 'UNSET' ? 'RUN_AND_BUILD_TIME' : env.scope,
    type: env.type ?? 'GENERAL',
  };
}

function imageWithDefaults(image: ImageSource | undefined): ImageSource | undefined {
  if (image === undefined || image.digest !== undefined) return image;
  return { ...image, tag: image.tag ?? 'latest' };
}

/** The common defaults of all components that run. */
function runnable<T extends Service | Worker | Job>(component: T): T {
  return {
    ...component,
    envs: component.envs?.map(envWithDefaults),
    image: imageWithDefaults(component.image),
    instance_size_slug: component.instance_size_slug ?? defaultInstanceSizeSlug,
  };
}

const readinessDefaults = {
  initial_delay_seconds: 0,
  period_seconds: 10,
  timeout_seconds: 1,
  success_threshold: 1,
  failure_threshold: 9,
};

const livenessDefaults = {
  initial_delay_seconds: 5,
  period_seconds: 10,
  timeout_seconds: 1,
  success_threshold: 1,
  failure_threshold: 18,
};

const gracePeriodSeconds = 120;

function liveness<T extends Service | Worker>(component: T): T['liveness_health_check'] {
  const check = component.liveness_health_check;
  return check && { ...livenessDefaults, ...check };
}

/** instance_count and autoscaling exclude each other, so only one of them has a default. */
function instanceCount(component: Service | Worker): number | undefined {
  return component.autoscaling === undefined ? (component.instance_count ?? 1) : undefined;
}

/** "A truly internal service will have neither a HTTP route nor HTTP port": https://docs.digitalocean.com/glossary/service/ */
export function isInternal({ internal_ports: internal = [], http_port: port }: Partial<Service>): boolean {
  return internal.length > 0 && port === undefined;
}

/** The service with its default port, which the platform writes into the spec. */
export function withPort(service: Service): Service {
  return isInternal(service) ? service : { ...service, http_port: service.http_port ?? 8080 };
}

function serviceWithDefaults(service: Service): Service {
  return compact({
    ...runnable(withPort(service)),
    protocol: service.protocol ?? 'HTTP',
    instance_count: instanceCount(service),
    health_check: { ...readinessDefaults, ...service.health_check },
    liveness_health_check: liveness(service),
    termination: { drain_seconds: 15, grace_period_seconds: gracePeriodSeconds, ...service.termination },
  });
}

function workerWithDefaults(worker: Worker): Worker {
  return compact({
    ...runnable(worker),
    instance_count: instanceCount(worker),
    liveness_health_check: liveness(worker),
    termination: { grace_period_seconds: gracePeriodSeconds, ...worker.termination },
  });
}

function jobWithDefaults(job: Job): Job {
  return compact({
    ...runnable(job),
    instance_count: job.instance_count ?? 1,
    kind: job.kind === undefined || job.kind === 'UNSPECIFIED' ? 'POST_DEPLOY' : job.kind,
    termination: { grace_period_seconds: gracePeriodSeconds, ...job.termination },
  });
}

function staticSiteWithDefaults(site: StaticSite): StaticSite {
  return compact({
    ...site,
    envs: site.envs?.map(envWithDefaults),
    image: imageWithDefaults(site.image),
    index_document: site.index_document ?? 'index.html',
    error_document: site.catchall_document === undefined ? (site.error_document ?? '404.html') : undefined,
  });
}
