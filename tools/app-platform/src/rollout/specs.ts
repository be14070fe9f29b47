import { isInternal } from '../spec/defaults.js';
import {
  type App,
  type AppSpec,
  type Deployment,
  type Env,
  mapSecrets,
  placeName,
  secretsOf,
  type Service,
  storedSpec,
} from '../spec/index.js';
import { withMoreAttributes } from '../spec/telemetry.js';
import { type Canary, markKey, markOf, withMark } from '../versions/mark.js';
import { scheduleKey } from '../versions/scale-schedule.js';
import { fingerprintKey } from '../versions/secrets-fingerprint.js';
import type { RolloutWish } from './wish.js';

/** The components that a rollout adds beside a service. */
export const canaryOf = (service: string): string => `${service}-canary`;
export const routerOf = (service: string): string => `${service}-router`;

/** The services of a spec that take HTTP requests: a rollout can split those of one. */
export function rolloutServices({ services = [] }: AppSpec): Service[] {
  return services.filter((service) => !isInternal(service));
}

/** The rollout that a spec carries out. */
export function rolloutIn(spec: AppSpec | undefined): Canary | undefined {
  return markOf(spec)?.canary;
}

/** The spec as it was before its rollout, byte for byte but for the write of its mark. A spec without one is itself. */
export function withoutRollout(spec: AppSpec): AppSpec {
  const { canary, ...mark } = markOf(spec) ?? {};
  if (!canary) return spec;
  const { service } = canary;
  const added = [canaryOf(service), routerOf(service)];
  const before = {
    ...spec,
    ...(spec.services && { services: spec.services.filter(({ name }) => !added.includes(name)) }),
    ...(spec.ingress && { ingress: routed(spec.ingress, routerOf(service), service) }),
  };
  return withMark(before, mark as NonNullable<ReturnType<typeof markOf>>);
}

/** The app as if nothing were rolled out: what a version is compared with. */
export function appWithoutRollout(app: App): App {
  const bare = (deployment: Deployment | undefined): Deployment | undefined =>
    deployment?.spec ? { ...deployment, spec: withoutRollout(deployment.spec) } : deployment;
  const { active_deployment: live, pending_deployment: pending, in_progress_deployment: going } = app;
  return {
    ...app,
    spec: withoutRollout(app.spec),
    ...(live && { active_deployment: bare(live) }),
    ...(pending && { pending_deployment: bare(pending) }),
    ...(going && { in_progress_deployment: bare(going) }),
  };
}

/** The two versions of a rollout. */
export interface Versions {
  /** The spec that is live, without a rollout. */
  live: AppSpec;
  /** The wanted spec, with the secrets in plaintext as far as they are known. */
  wanted: AppSpec;
  /** The wanted spec as a plain deploy would send it. */
  sealed: AppSpec;
}

/**
 * The spec of a rollout: what is live stays as it is, the new version of one service stands beside it, and the requests of that
 * service go to the router. Without a mark. Pure.
 */
export function rolloutSpec(
  { live, wanted, sealed }: Versions,
  { rollout, startedAt, service }: Pick<Canary, 'rollout' | 'startedAt' | 'service'>,
  wish: RolloutWish,
): AppSpec {
  const stored = storedSpec(live);
  const now = serviceIn(stored, service);
  const next = serviceIn(wanted, service);
  const canary = canaryService(now, next, appEnvsOf({ live, wanted, sealed }), wish);
  const router = routerService(now, wish);
  const config = routerConfig({ rollout, startedAt, service, routers: router.instance_count ?? 1 }, wish);
  const envs: Env[] = [
    { key: 'ROUTER_CONFIG', value: config, scope: 'RUN_TIME', type: 'GENERAL' },
    { key: 'ROUTER_SECRET', value: wish.secretOf(rollout), scope: 'RUN_TIME', type: 'SECRET' },
  ];
  return {
    ...stored,
    services: [...(stored.services ?? []), canary, { ...router, envs }],
    ingress: routed(stored.ingress ?? {}, service, routerOf(service)),
  };
}

/** The spec with the secrets that another one has encrypted for the components of the rollout. */
export function withSecretsOf(spec: AppSpec, there: AppSpec, service: string): AppSpec {
  const added = [canaryOf(service), routerOf(service)];
  const encrypted = new Map(secretsOf(there).map((place) => [placeName(place), place.value]));
  return mapSecrets(spec, (place) =>
    added.includes(place.component) ? (encrypted.get(placeName(place)) ?? place.value) : place.value,
  );
}

/** The spec with the router that another one has: a rollout goes on when a deployer with another router takes it up. */
export function withRouterOf(spec: AppSpec, there: AppSpec, service: string): AppSpec {
  const router = there.services?.find(({ name }) => name === routerOf(service));
  if (!router?.image) return spec;
  const { image } = router;
  const services = spec.services?.map((one) => (one.name === routerOf(service) ? { ...one, image } : one));
  return { ...spec, ...(services && { services }) };
}

function serviceIn(spec: AppSpec, name: string): Service {
  const found = spec.services?.find((one) => one.name === name);
  if (!found) throw new Error(`the spec has no service "${name}"`);
  return found;
}

type Ingress = NonNullable<AppSpec['ingress']>;

function routed(ingress: Ingress, from: string, to: string): Ingress {
  const rules = ingress.rules?.map((rule) =>
    rule.component?.name === from ? { ...rule, component: { ...rule.component, name: to } } : rule,
  );
  return { ...ingress, ...(rules && { rules }) };
}

/** Variables of the whole app that the new version changes: the live version must not see them yet. */
function appEnvsOf({ live, wanted, sealed }: Versions): Env[] {
  const own = [markKey, fingerprintKey, scheduleKey];
  const same = new Set((live.envs ?? []).map((env) => JSON.stringify([env.key, env.value, env.type])));
  const changed = (sealed.envs ?? []).filter(
    ({ key, value, type }) => !own.includes(key) && !same.has(JSON.stringify([key, value, type])),
  );
  return changed.flatMap(({ key }) => wanted.envs?.find((env) => env.key === key) ?? []);
}

function canaryService(now: Service, next: Service, appEnvs: readonly Env[], { plan }: RolloutWish): Service {
  const { instance_count: _count, routes: _routes, cors: _cors, envs = [], ...rest } = next;
  const own = new Set(envs.map(({ key }) => key));
  return {
    ...rest,
    name: canaryOf(next.name),
    // Autoscaling and a fixed number exclude each other.
    ...(next.autoscaling === undefined && { instance_count: canaryCount(now, plan.steps) }),
    envs: withMoreAttributes([...appEnvs.filter(({ key }) => !own.has(key)), ...envs], {
      'skill.variant': 'canary',
    }),
  };
}

/** As many instances as the largest share of the requests needs. */
function canaryCount(now: Service, steps: RolloutWish['plan']['steps']): number {
  const most = Math.max(0, ...steps.map(({ weight = 0 }) => weight));
  return Math.max(1, Math.ceil((countOf(now) * most) / 100));
}

function countOf({ instance_count: count = 1, autoscaling }: Service): number {
  return autoscaling?.min_instance_count ?? count;
}

/** A second router takes over when the first one ends; where the service has one instance, the router has one, too. */
function routerService(now: Service, { router }: RolloutWish): Service {
  const { instance_size_slug: size, image, termination } = now;
  const credentials = image?.registry_credentials;
  return {
    name: routerOf(now.name),
    image: { ...router, ...(credentials !== undefined && { registry_credentials: credentials }) },
    http_port: 8080,
    instance_count: Math.min(2, countOf(now)),
    ...(size && { instance_size_slug: size }),
    ...(termination && { termination }),
  };
}

/** Only the URLs are for the platform to fill in. */
function routerConfig(
  { service, ...rollout }: { rollout: string; startedAt: string; service: string; routers: number },
  { plan, canaryHeader }: RolloutWish,
): string {
  const { matches = [], ...rest } = plan;
  const test = canaryHeader?.(rollout.rollout);
  const all = [...(test ? [{ to: 'canary' as const, header: test, isTest: true }] : []), ...matches];
  const text = JSON.stringify({ ...rollout, ...rest, ...(all.length > 0 && { matches: all }) });
  const urls = Object.entries({ live: service, canary: canaryOf(service), peers: routerOf(service) });
  const filled = urls.map(([field, component]) => `"${field}":"\${${component}.PRIVATE_URL}"`).join(',');
  return `{${filled},${text.slice(1).replaceAll('$', String.raw`\u0024`)}`;
}
