import { type App, type AppSpec, isEncrypted } from '../spec/index.js';
import { markOf } from '../versions/mark.js';
import { sentFrom } from '../versions/secrets-fingerprint.js';
import { keepSizes, type Scaled } from '../versions/size.js';
import { componentLists, keep, type Keeps } from './keep.js';

/** What a deploy does with parts of the app that its App Spec does not mention. */
export interface CarryOptions {
  /** Take over an app that someone else has created, with all parts that the App Spec does not mention. */
  adopt?: boolean | undefined;
  /** Remove what was kept since an adoption, secrets that someone has set on the platform, and what `scale` has set. */
  prune?: boolean | undefined;
  /** Places of variables that the App Spec needs and the environment lacks: `web/TOKEN`. */
  missing?: readonly string[] | undefined;
}

export interface Carried {
  /** The wanted spec, with the parts that are kept. */
  spec: AppSpec;
  /** The sizes that are kept since `scale` has set them. */
  scaled: Scaled;
  /** Paths that are kept since the app was adopted. */
  kept: string[];
  /** Places of secrets that were sent from here before and whose plaintext is not known here. */
  unknown: ReadonlySet<string>;
  /** In words: secrets that someone has set on the platform, values that the environment lacks, and sizes that `scale` has set. */
  keeps: string[];
  /** In words: what is live and will be removed. */
  removes: string[];
  /** In words: secrets that would be lost with their component, and that cannot be set again from here. */
  loses: string[];
}

/** Adds to a wanted spec the parts of the app that are kept: what cannot be restored is kept, unless `prune` is set. Pure. */
export function carry(wanted: AppSpec, app: App | undefined, options: CarryOptions): Carried {
  const there = app?.spec;
  if (!there)
    return { spec: wanted, kept: [], unknown: new Set(), scaled: {}, keeps: [], removes: [], loses: [] };
  const { adopt = false, prune = false } = options;
  const kept = new Set(prune ? [] : markOf(there)?.kept);
  const missing = new Set(options.missing);
  const sent = sentFrom(there);
  const secrets = new Set<string>();
  const sized = keepSizes(wanted, prune ? undefined : (app.active_deployment?.spec ?? there));
  const { spec, paths } = keep(sized.spec, there, (path, value) => {
    if (isHolder(path) && (missing.has(placeAt(path)) || (!prune && isSetThere(path, value, sent)))) {
      secrets.add(path);
      return true;
    }
    return adopt || kept.has(path);
  });
  return {
    spec,
    kept: paths.filter((path) => !secrets.has(path)),
    unknown: new Set(paths.map(placeAt).filter((place) => sent.has(place))),
    scaled: sized.scaled,
    keeps: [...namesIn(there, wanted, secrets), ...sized.keeps],
    ...lost(spec, app.active_deployment?.spec ?? there, sent, prune),
  };
}

/** Whether the value is a secret that no deploy from here has sent. */
function isSetThere(path: string, value: unknown, sent: ReadonlySet<string>): boolean {
  return holdsSecret(value) && ![...sent].some((place) => isAt(place, placeAt(path)));
}

/** A log destination has several secrets. */
function isAt(place: string, holder: string): boolean {
  return place === holder || place.startsWith(`${holder}/`);
}

function namesIn(there: AppSpec, wanted: AppSpec, paths: ReadonlySet<string>): string[] {
  return missingIn(wanted, there).flatMap(({ path, value }) =>
    paths.has(path) ? (nameOf(path, value) ?? []) : [],
  );
}

function lost(
  spec: AppSpec,
  live: AppSpec,
  sent: ReadonlySet<string>,
  prune: boolean,
): Pick<Carried, 'removes' | 'loses'> {
  const gone = missingIn(spec, live);
  const removes = gone.flatMap(({ path, value }) => nameOf(path, value) ?? []);
  const components = gone.filter(({ path, value }) => !isHolder(path) && holdsSecret(value));
  const loses = components.flatMap(({ path, value }) => secretsIn(path, value, sent));
  return { removes, loses: prune ? [] : loses };
}

/** The secrets of a component that someone has set on the platform. */
function secretsIn(path: string, component: unknown, sent: ReadonlySet<string>): string[] {
  const [list = '', name = ''] = path.split('/');
  const without = { name: '', [list]: [{ name }] } as AppSpec;
  const there = { name: '', [list]: [component] } as AppSpec;
  return missingIn(without, there).flatMap((one) =>
    isHolder(one.path) && isSetThere(one.path, one.value, sent) ? (nameOf(one.path, one.value) ?? []) : [],
  );
}

const words: Readonly<Record<string, string>> = {
  services: 'service',
  workers: 'worker',
  jobs: 'job',
  static_sites: 'static site',
  functions: 'function',
  databases: 'database',
  envs: 'variable',
  domains: 'domain',
  alerts: 'alert',
  log_destinations: 'log destination',
};

/**
 * The place of a secret, as fingerprints name it, by the path of its variable or credential: `web/TOKEN` for
 * `services/web/envs/TOKEN`.
 */
function placeAt(path: string): string {
  const parts = path.split('/');
  const inComponent = componentLists.some((list) => list === parts[0]);
  const component = inComponent ? (parts[1] ?? '') : '';
  const rest = inComponent ? parts.slice(2) : parts;
  return `${component}/${rest[0] === 'log_destinations' ? rest.join('/') : (rest.at(-1) ?? '')}`;
}

/** Whether a path names a single variable, credential or log destination, which holds a secret by itself. */
function isHolder(path: string): boolean {
  return /(^|\/)(envs|log_destinations)\/|\/registry_credentials$/.test(path);
}

/** Whether a value of a live spec is or contains a secret. */
function holdsSecret(value: unknown): boolean {
  if (typeof value === 'string') return isEncrypted(value);
  if (typeof value !== 'object' || value === null) return false;
  return ('type' in value && value.type === 'SECRET') || Object.values(value).some(holdsSecret);
}

/** A part of a live spec in words: `secret TOKEN of web`; none for a mere field. */
function nameOf(path: string, value: unknown): string | undefined {
  const parts = path.split('/');
  const isOfComponent = parts.length > 2 && componentLists.some((list) => list === parts[0]);
  const [list = '', ...name] = isOfComponent ? parts.slice(2) : parts;
  const of = isOfComponent ? ` of ${parts[1] ?? ''}` : '';
  if (path.endsWith('/registry_credentials')) return `registry credentials${of}`;
  const word = words[list];
  if (word === undefined || name.length === 0) return undefined;
  return `${list === 'envs' && holdsSecret(value) ? 'secret' : word} ${name.join('/')}${of}`;
}

/** What is live but not in a spec: components, variables, domains and alerts, by path and value. */
function missingIn(spec: AppSpec, live: AppSpec | undefined): { path: string; value: unknown }[] {
  const missing: { path: string; value: unknown }[] = [];
  const note: Keeps = (path, value) => {
    missing.push({ path, value });
    return false;
  };
  if (live) keep(spec, live, note);
  return missing.filter(({ path, value }) => nameOf(path, value) !== undefined);
}
