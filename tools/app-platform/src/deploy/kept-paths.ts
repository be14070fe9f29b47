import { type AppSpec, isEncrypted } from '../spec/index.js';
import { componentLists, keep, type Keeps } from './keep.js';

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
export function placeAt(path: string): string {
  const parts = path.split('/');
  const inComponent = componentLists.some((list) => list === parts[0]);
  const component = inComponent ? (parts[1] ?? '') : '';
  const rest = inComponent ? parts.slice(2) : parts;
  return `${component}/${rest[0] === 'log_destinations' ? rest.join('/') : (rest.at(-1) ?? '')}`;
}

/** Whether a path names a single variable, credential or log destination, which holds a secret by itself. */
export function isHolder(path: string): boolean {
  return /(^|\/)(envs|log_destinations)\/|\/registry_credentials$/.test(path);
}

/** Whether a value of a live spec is or contains a secret. */
export function holdsSecret(value: unknown): boolean {
  if (typeof value === 'string') return isEncrypted(value);
  if (typeof value !== 'object' || value === null) return false;
  return ('type' in value && value.type === 'SECRET') || Object.values(value).some(holdsSecret);
}

/** A part of a live spec in words: `secret TOKEN of web`; none for a mere field. */
export function nameOf(path: string, value: unknown): string | undefined {
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
export function missingIn(spec: AppSpec, live: AppSpec | undefined): { path: string; value: unknown }[] {
  const missing: { path: string; value: unknown }[] = [];
  const note: Keeps = (path, value) => {
    missing.push({ path, value });
    return false;
  };
  if (live) keep(spec, live, note);
  return missing.filter(({ path, value }) => nameOf(path, value) !== undefined);
}
