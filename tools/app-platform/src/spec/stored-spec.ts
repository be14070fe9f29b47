import type { AppSpec } from './app-spec.js';
import type { Functions, Service, StaticSite } from './components.js';
import { isInternal, withPort } from './defaults.js';

type Ingress = NonNullable<AppSpec['ingress']>;
type Rule = NonNullable<Ingress['rules']>[number];
type Routed = Service | StaticSite | Functions;

/**
 * The spec as App Platform stores and returns it: as it was sent, with two exceptions that its Terraform provider documents
 * (app_spec.go: computed fields). A service gets its `http_port`; and an app without ingress rules gets those of its components,
 * in place of their deprecated `routes` and `cors`: https://github.com/digitalocean/terraform-provider-digitalocean/pull/1053
 * Idempotent: a spec that the API has returned is unchanged.
 */
export function storedSpec(spec: AppSpec): AppSpec {
  const services = spec.services?.map(withPort);
  return withIngress(services ? { ...spec, services } : spec);
}

/**
 * Whether it is known which ingress rules the platform stores: those of the spec, or those of its only component. For several
 * components without rules or routes, no document says what the platform makes of them.
 */
export function isRoutingKnown(spec: AppSpec): boolean {
  const components = routed(spec);
  const isWritten =
    (spec.ingress?.rules ?? []).length > 0 || components.some(({ routes = [] }) => routes.length > 0);
  return isWritten || components.length === 1;
}

/** The components that requests can go to. */
function routed({ services = [], static_sites: sites = [], functions = [] }: AppSpec): Routed[] {
  return [...services.filter((one) => !isInternal(one)), ...sites, ...functions];
}

function withIngress(spec: AppSpec): AppSpec {
  if ((spec.ingress?.rules ?? []).length > 0) return spec;
  const rules = rulesOfComponents(spec);
  if (rules.length === 0) return spec;
  const { services, static_sites: sites, functions } = spec;
  return {
    ...spec,
    ...(services && { services: services.map(withoutRoutes) }),
    ...(sites && { static_sites: sites.map(withoutRoutes) }),
    ...(functions && { functions: functions.map(withoutRoutes) }),
    ingress: { ...spec.ingress, rules },
  };
}

function withoutRoutes<T extends Routed>({ routes: _routes, cors: _cors, ...component }: T): T {
  return component as T;
}

/**
 * A component without a route is at "/" when nothing else is, else at its name; the official document does not say where App
 * Platform puts it.
 */
function rulesOfComponents(spec: AppSpec): Rule[] {
  const components = routed(spec);
  let rootTaken = components.some(({ routes = [] }) => routes.some(({ path }) => (path ?? '/') === '/'));
  return components.flatMap(({ name, routes = [], cors }) => {
    const path = rootTaken ? `/${name}` : '/';
    if (routes.length === 0) rootTaken = true;
    const own = routes.length > 0 ? routes : [{ path }];
    return own.map((route) => ruleOf(name, route, cors));
  });
}

type Route = NonNullable<Routed['routes']>[number];

function ruleOf(
  name: string,
  { path = '/', preserve_path_prefix: preserve }: Route,
  cors: Rule['cors'],
): Rule {
  return {
    match: { path: { prefix: path } },
    component: { name, ...(preserve && { preserve_path_prefix: preserve }) },
    ...(cors && { cors }),
  };
}
