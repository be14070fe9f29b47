import type { AppSpec, Functions, Job, Service, StaticSite, Worker } from '@odoobo/app-platform/spec';

/** A component of an app, of whichever kind; `kind` is what App Platform calls it in a step's message. */
export type Component = BuiltComponent | { kind: 'functions'; field: string; spec: Functions };

/** One that is made from a source, and then runs or is served. */
export type BuiltComponent =
  | { kind: 'service'; field: string; spec: Service }
  | { kind: 'static site'; field: string; spec: StaticSite }
  | { kind: 'worker'; field: string; spec: Worker }
  | { kind: 'job'; field: string; spec: Job };

/** The components of an app; `field` is where each stands in the spec, such as `services/0`. */
export function componentsOf(app: AppSpec): Component[] {
  return [
    ...builtComponents(app),
    ...(app.functions ?? []).map((spec, index) => ({
      kind: 'functions' as const,
      field: `functions/${index}`,
      spec,
    })),
  ];
}

/** The components that have a source. */
export function builtComponents(app: AppSpec): BuiltComponent[] {
  const { services = [], static_sites: sites = [], workers = [], jobs = [] } = app;
  return [
    ...services.map((spec, index) => ({ kind: 'service' as const, field: `services/${index}`, spec })),
    ...sites.map((spec, index) => ({ kind: 'static site' as const, field: `static_sites/${index}`, spec })),
    ...workers.map((spec, index) => ({ kind: 'worker' as const, field: `workers/${index}`, spec })),
    ...jobs.map((spec, index) => ({ kind: 'job' as const, field: `jobs/${index}`, spec })),
  ];
}

export type JobKind = 'PRE_DEPLOY' | 'POST_DEPLOY' | 'FAILED_DEPLOY' | 'SCHEDULED';

/** Whether a component is a job that runs at that moment of a deployment, or by a schedule while it is live. */
export function isJob(component: Component, kind: JobKind): boolean {
  if (component.kind !== 'job') return false;
  const { kind: own = 'UNSPECIFIED' } = component.spec;
  return (own === 'UNSPECIFIED' ? 'POST_DEPLOY' : own) === kind;
}

/** The names of the jobs that run at that moment of a deployment. */
export function jobNames(app: AppSpec, kind: JobKind): string[] {
  return builtComponents(app).flatMap((component) => (isJob(component, kind) ? component.spec.name : []));
}
