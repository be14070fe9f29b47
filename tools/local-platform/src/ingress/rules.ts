import type { AppSpec, CorsPolicy } from '@odoobo/app-platform/spec';
import { compileCors } from './cors.js';
import type { Redirect, Rule, ToComponent } from './traffic.js';

type IngressRule = NonNullable<NonNullable<AppSpec['ingress']>['rules']>[number];
type Routed = NonNullable<AppSpec['services'] | AppSpec['static_sites']>[number];

/**
 * The rules of an app: those of `ingress`, else the deprecated `routes` and `cors` of its components. A component with neither
 * is at "/" when nothing else is, else at its name; the official document does not say where App Platform puts it.
 * @throws Error for a CORS policy that cannot be understood.
 */
export function rulesOf(spec: AppSpec): Rule[] {
  const rules = spec.ingress?.rules ?? [];
  return rules.length > 0
    ? rules.map((rule, index) => ruleOf(rule, `ingress/rules/${index}/cors`))
    : routesOf(spec);
}

function ruleOf({ match, component, redirect, cors }: IngressRule, corsPath: string): Rule {
  const authority = match?.authority && matchOf(match.authority);
  return {
    path: matchOf(match?.path ?? {}),
    ...(authority && { authority }),
    to: component ? toComponent(component) : toRedirect(redirect),
    ...checked(cors, corsPath),
  };
}

function checked(cors: CorsPolicy | undefined, path: string): { cors?: CorsPolicy } {
  if (!cors) return {};
  try {
    compileCors(cors);
    return { cors };
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function matchOf({
  exact,
  prefix,
}: {
  exact?: string | undefined;
  prefix?: string | undefined;
}): Rule['path'] {
  return exact === undefined ? { prefix: prefix ?? '' } : { exact };
}

function toComponent({
  name,
  preserve_path_prefix: preserve,
  rewrite,
}: NonNullable<IngressRule['component']>): ToComponent {
  return {
    component: name,
    preservePathPrefix: preserve === true || preserve === 'true',
    ...(rewrite !== undefined && { rewrite }),
  };
}

function toRedirect({
  redirect_code: code = 302,
  ...rest
}: NonNullable<IngressRule['redirect']> = {}): Redirect {
  return { redirect: { ...rest, code } as Redirect['redirect'] };
}

function routesOf({ services = [], static_sites: sites = [] }: AppSpec): Rule[] {
  const components: Routed[] = [...services, ...sites];
  const paths = components.map(({ routes }) => routes?.map(({ path }) => path ?? '/'));
  let rootTaken = paths.flat().includes('/');
  return components.flatMap(({ name, routes, cors }) => {
    if (routes && routes.length > 0) return routes.map((route) => routeOf(name, route, cors));
    const path = rootTaken ? `/${name}` : '/';
    rootTaken = true;
    return [routeOf(name, { path }, cors)];
  });
}

function routeOf(
  component: string,
  {
    path = '/',
    preserve_path_prefix: preserve = false,
  }: { path?: string | undefined; preserve_path_prefix?: boolean | undefined },
  cors: CorsPolicy | undefined,
): Rule {
  return {
    path: { prefix: path },
    to: { component, preservePathPrefix: preserve },
    ...checked(cors, `${component}/cors`),
  };
}
