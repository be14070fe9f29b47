import type { AppSpec } from './app-spec.js';
import type { Env } from './envs.js';
import type { LogDestination } from './log-destinations.js';
import { passwordsOf } from './redaction/secret-parts.js';

/** A place in a spec that holds a secret. */
export interface SecretPlace {
  /** Empty for the whole app. */
  component: string;
  /** The name of an environment variable, otherwise the path of the field. */
  key: string;
  value: string;
}

/** The name of a place, such as `web/TOKEN`; `/TOKEN` for the whole app. */
export function placeName({ component, key }: Omit<SecretPlace, 'value'>): string {
  return `${component}/${key}`;
}

/** An object with secrets: a component, or the app itself, which has variables only. */
interface Owner {
  envs?: Env[] | undefined;
  image?: { registry_credentials?: string | undefined } | undefined;
  log_destinations?: LogDestination[] | undefined;
}

type Replace = (key: string, value: string) => string;

/** The lists of components that may hold secrets. */
export const componentLists = ['services', 'workers', 'jobs', 'static_sites', 'functions'] as const;

/**
 * The spec with each secret that has a value replaced by what `replace` returns for it: environment variables of type
 * SECRET, credentials of image registries and of log destinations. Pure.
 */
export function mapSecrets(spec: AppSpec, replace: (place: SecretPlace) => string): AppSpec {
  const of =
    (component: string): Replace =>
    (key, value) =>
      replace({ component, key, value });
  const mapped = mapOwner(spec, of(''));
  for (const list of componentLists) {
    const components = spec[list]?.map((component) => mapOwner(component, of(component.name)));
    if (components) Object.assign(mapped, { [list]: components });
  }
  return mapped;
}

/** All secrets of a spec, including encrypted ones. */
export function secretsOf(spec: AppSpec): SecretPlace[] {
  const found: SecretPlace[] = [];
  mapSecrets(spec, (place) => {
    found.push(place);
    return place.value;
  });
  return found;
}

/** The passwords and tokens in the clone URLs of a spec, which the platform does not treat as secrets. */
export function cloneCredentialsOf(spec: AppSpec): string[] {
  const components = componentLists.flatMap((list) => spec[list] ?? []);
  return components.flatMap(({ git }) => passwordsOf(git?.repo_clone_url ?? ''));
}

function mapOwner<T extends Owner>(owner: T, replace: Replace): T {
  const mapped: T = { ...owner };
  if (owner.envs) mapped.envs = owner.envs.map((env) => mapEnv(env, replace));
  if (owner.image) mapped.image = mapField(owner.image, 'registry_credentials', '', replace);
  const destinations = owner.log_destinations;
  if (destinations) mapped.log_destinations = destinations.map((one) => mapLogCredentials(one, replace));
  return mapped;
}

function mapEnv(env: Env, replace: Replace): Env {
  return env.type === 'SECRET' && env.value ? { ...env, value: replace(env.key, env.value) } : env;
}

/** Replaces every credential of a log destination; its name distinguishes it from those of other destinations. */
export function mapLogCredentials(destination: LogDestination, replace: Replace): LogDestination {
  const { datadog, logtail, open_search: search, headers } = destination;
  const path = `log_destinations/${destination.name}/`;
  const mapped: LogDestination = { ...destination };
  if (datadog) mapped.datadog = mapField(datadog, 'api_key', `${path}datadog/`, replace);
  if (logtail) mapped.logtail = mapField(logtail, 'token', `${path}logtail/`, replace);
  if (search?.basic_auth) {
    const auth = mapField(search.basic_auth, 'password', `${path}open_search/`, replace);
    mapped.open_search = { ...search, basic_auth: auth };
  }
  if (headers) {
    mapped.headers = headers.map((one) => ({
      ...one,
      ...(one.value && { value: replace(`${path}headers/${one.key}`, one.value) }),
    }));
  }
  return mapped;
}

function mapField<K extends string, T extends { [key in K]?: string | undefined }>(
  holder: T,
  field: K,
  path: string,
  replace: Replace,
): T {
  const value = holder[field];
  return value ? { ...holder, [field]: replace(`${path}${field}`, value) } : holder;
}
