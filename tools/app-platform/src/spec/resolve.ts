import { type AppSpec, checkAppSpec } from './app-spec.js';
import type { Functions, Job, Service, StaticSite, Worker } from './components.js';
import { type Env, isEncrypted } from './envs.js';
import type { LogDestination } from './log-destinations.js';
import { AppSpecError } from './parse.js';
import { mapLogCredentials, placeName } from './secret-places.js';
import { sourceFields } from './sources.js';
import { type Environment, expand, type Expansion } from './variables.js';

/** The variable with the digest of a component's artefact. */
export const digestKey = 'SKILL_DIGEST';

export interface ResolveOptions {
  spec: AppSpec;
  /** The file of the spec; only for messages. */
  file: string;
  environment: Environment;
  /** Secrets are read from the variables with this prefix alone. */
  secretsPrefix?: string | undefined;
  /** The image in the registry, `digest` as `sha256:...`. */
  artefact: { repository: string; digest: string };
  /** Ship the artefact instead of each component's source, or what the spec says (an image at the artefact's digest). */
  source: 'artefact' | 'as-written';
}

/** A secret in plaintext: must never be logged. */
export interface ResolvedSecret {
  /** Undefined for a variable of the whole app. */
  component?: string;
  key: string;
  value: string;
}

/** A variable that the environment lacks. */
export interface MissingVariable {
  key: string;
  /** The path in the spec that needs it, such as `services/0/envs/1`. */
  path: string;
  secret: boolean;
}

export interface ResolvedSpec {
  spec: AppSpec;
  secrets: ResolvedSecret[];
  missing: MissingVariable[];
  /** Places of the variables that are left out because of it, such as `web/TOKEN`. */
  leftOut: string[];
}

type Component = Service | Worker | Job | StaticSite | Functions;

/** The results of a resolution so far, and its current component. */
interface Scope {
  options: ResolveOptions;
  found: Omit<ResolvedSpec, 'spec'>;
  component?: string;
}

/**
 * The spec as it is sent: variables filled in from the environment, sources replaced, the digest set.
 * Missing variables are left out and listed; the caller decides whether that is an error.
 * Pure: the given spec is unchanged.
 * @throws AppSpecError when a filled-in value makes the spec invalid
 */
export function resolveSpec(options: ResolveOptions): ResolvedSpec {
  const scope: Scope = { options, found: { secrets: [], missing: [], leftOut: [] } };
  const { spec: written } = options;
  const spec: AppSpec = { ...written };
  if (written.envs) spec.envs = resolveEnvs(written.envs, ['envs'], scope);
  if (written.services) spec.services = resolveList(written.services, 'services', scope);
  if (written.workers) spec.workers = resolveList(written.workers, 'workers', scope);
  if (written.jobs) spec.jobs = resolveList(written.jobs, 'jobs', scope);
  if (written.static_sites) spec.static_sites = resolveList(written.static_sites, 'static_sites', scope);
  if (written.functions) spec.functions = resolveList(written.functions, 'functions', scope);
  const check = checkAppSpec(spec);
  if (check.ok) return { spec, ...scope.found };
  throw new AppSpecError(check.issues.map((issue) => ({ ...issue, file: options.file })));
}

/** Only what runs from an image can run the artefact. */
const runsImage = new Set(['services', 'workers', 'jobs']);

function resolveList<T extends Component>(components: T[], list: string, outer: Scope): T[] {
  return components.map((component, index) => {
    const path = [list, index];
    const scope = { ...outer, component: component.name };
    const shipsArtefact = outer.options.source === 'artefact' && runsImage.has(list);
    const sourced = shipsArtefact
      ? withArtefact(component, outer.options.artefact)
      : withSource(component, path, scope);
    const { log_destinations: logs } = component;
    return {
      ...sourced,
      ...(logs && { log_destinations: resolveLogs(logs, [...path, 'log_destinations'], scope) }),
      envs: withDigest(resolveEnvs(component.envs ?? [], [...path, 'envs'], scope), sourced, scope),
    };
  });
}

/** The fields that apply only to the source that the artefact replaces. */
const replacedFields = [
  ...sourceFields,
  'build_command',
  'run_command',
  'source_dir',
  'environment_slug',
  'dockerfile_path',
] as const;

function withArtefact<T extends Component>(component: T, artefact: ResolveOptions['artefact']): T {
  return { ...omit(component, replacedFields), image: { registry_type: 'DOCR', ...artefact } } as T;
}

function withSource<T extends Component>(component: T, path: (string | number)[], scope: Scope): T {
  const sourced: T = { ...component };
  if (component.git) {
    sourced.git = {
      ...component.git,
      ...filled(component.git, ['repo_clone_url', 'branch'], [...path, 'git'], scope),
    };
  }
  for (const host of ['github', 'gitlab', 'bitbucket'] as const) {
    const source = component[host];
    if (source) sourced[host] = { ...source, ...filled(source, ['repo', 'branch'], [...path, host], scope) };
  }
  if ('image' in sourced && sourced.image) sourced.image = pinned(sourced.image, [...path, 'image'], scope);
  return sourced;
}

type Image = NonNullable<Service['image']>;

function pinned(image: Image, path: (string | number)[], scope: Scope): Image {
  const credentials = image.registry_credentials;
  const result: Image = {
    ...omit(image, ['tag', 'deploy_on_push', 'registry_credentials']),
    // Another digest in the spec refers to an image that is not built here.
    digest: image.digest ?? scope.options.artefact.digest,
  };
  if (credentials === undefined) return result;
  const expansion = expandIn(scope, credentials, { secret: true });
  if (noteMissing(expansion, [...path, 'registry_credentials'], true, scope)) return result;
  noteSecret('registry_credentials', expansion.value, scope);
  return { ...result, registry_credentials: expansion.value };
}

/** The named fields of a git source, filled in. A missing variable stays as written: a source needs its field. */
function filled<K extends string>(
  source: Partial<Record<K, string | undefined>>,
  fields: readonly K[],
  path: (string | number)[],
  scope: Scope,
): Partial<Record<K, string>> {
  const result: Partial<Record<K, string>> = {};
  for (const field of fields) {
    const text = source[field];
    if (text === undefined) continue;
    const expansion = expandIn(scope, text);
    result[field] = noteMissing(expansion, [...path, field], false, scope) ? text : expansion.value;
  }
  return result;
}

function resolveEnvs(envs: Env[], path: (string | number)[], scope: Scope): Env[] {
  return envs.flatMap((env, index) => resolveEnv(env, [...path, index], scope) ?? []);
}

function resolveEnv(env: Env, path: (string | number)[], scope: Scope): Env | undefined {
  const secret = env.type === 'SECRET';
  if (isEncrypted(env.value)) return env;
  if (env.value === undefined && !secret) return env;
  const expansion = expandIn(scope, env.value ?? `\${${env.key}}`, { secret, required: secret });
  if (noteMissing(expansion, path, secret, scope)) {
    scope.found.leftOut.push(placeName({ component: scope.component ?? '', key: env.key }));
    return undefined;
  }
  if (secret) noteSecret(env.key, expansion.value, scope);
  return { ...env, value: expansion.value };
}

/** The credentials of log destinations. A missing variable stays as written: a destination needs its credential. */
function resolveLogs(logs: LogDestination[], path: (string | number)[], scope: Scope): LogDestination[] {
  return logs.map((destination, index) =>
    mapLogCredentials(destination, (key, text) => {
      if (isEncrypted(text)) return text;
      const expansion = expandIn(scope, text, { secret: true, required: true });
      if (noteMissing(expansion, [...path, index], true, scope)) return text;
      noteSecret(key, expansion.value, scope);
      return expansion.value;
    }),
  );
}

/** Fills in variables. A secret has its prefix; `required`: an empty value counts as missing, too. */
function expandIn(
  { options: { environment, secretsPrefix = '' } }: Scope,
  text: string,
  { secret = false, required = false }: { secret?: boolean; required?: boolean } = {},
): Expansion {
  return expand(text, environment, { emptyIsMissing: required, prefix: secret ? secretsPrefix : '' });
}

function noteSecret(key: string, value: string, { found, component }: Scope): void {
  if (!isEncrypted(value)) found.secrets.push({ ...(component !== undefined && { component }), key, value });
}

/** True when a variable was missing. */
function noteMissing(
  expansion: Expansion,
  path: (string | number)[],
  secret: boolean,
  { found }: Scope,
): boolean {
  found.missing.push(...expansion.missing.map((key) => ({ key, path: path.join('/'), secret })));
  return expansion.missing.length > 0;
}

/**
 * A deployment that a push starts by itself would report the digest of an earlier artefact. An image that the spec
 * pins is not built here: only its digest in the spec is known.
 */
function withDigest(envs: Env[], component: Component, { options }: Scope): Env[] {
  const others = envs.filter(({ key }) => key !== digestKey);
  const { github, gitlab, bitbucket } = component;
  if ([github, gitlab, bitbucket].some((source) => source?.deploy_on_push)) return others;
  const digest: Env = {
    key: digestKey,
    value: ('image' in component && component.image?.digest) || options.artefact.digest,
    scope: 'RUN_AND_BUILD_TIME',
    type: 'GENERAL',
  };
  return [...others, digest];
}

/** The object without the named fields. */
function omit<T extends object, K extends PropertyKey>(value: T, fields: readonly K[]): Omit<T, K> {
  const unwanted: readonly PropertyKey[] = fields;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !unwanted.includes(field))) as Omit<
    T,
    K
  >;
}
