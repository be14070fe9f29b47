import { type AppSpec, type Env, isEncrypted } from '@odoobo/app-platform/spec';
import { builtComponents } from '../deployments/components.js';
import { hostPath } from '../process/host-path.js';
import type { Unpacked } from '../sources/source.js';
import type { SecretBox } from '../state/secrets.js';
import { bind, type Bindings } from './bindables.js';

export interface Environment {
  env: Record<string, string>;
  /** Secrets that were encrypted with another key: left out, because they cannot be read here. */
  unreadable: string[];
}

/**
 * The whole environment of a process: its build's, its spec's, and what it needs to run here: PATH, and where something
 * listens, PORT and HOST. Nothing of this process's own environment is passed on.
 */
export function runEnvironment(build: Unpacked, secrets: SecretBox, bindings: Bindings): Environment {
  const { env: own, unreadable } = specEnvironment('BUILD_TIME', secrets, bindings);
  const here = build.container ? {} : environmentHere(build, bindings);
  const { port } = bindings;
  if (port === undefined) return { env: { ...build.env, ...here, ...own }, unreadable };
  // The port is always ours: all services share this machine, so http_port itself may be anyone's.
  return {
    env: { ...build.env, ...here, HOST: '127.0.0.1', ...own, PORT: String(port) },
    unreadable,
  };
}

/** Paths of this machine, which mean nothing in a container: an artefact's own PATH means folders inside its image. */
function environmentHere({ path }: Unpacked, { databases }: Bindings): Record<string, string> {
  const ofDatabases = [...databases.values()].map(({ environment }) => environment);
  return Object.assign({ PATH: hostPath(path) }, ...ofDatabases) as Record<string, string>;
}

/** The variables of the spec that a build of the component sees. */
export function buildEnvironment(secrets: SecretBox, bindings: Bindings): Environment {
  return specEnvironment('RUN_TIME', secrets, bindings);
}

/** What a component's variable is set to, bindables left as they are; undefined when there is none or it is unreadable. */
export function ownValue(
  spec: AppSpec,
  component: string,
  key: string,
  secrets: SecretBox,
): string | undefined {
  const variable = variablesOf(spec, component).findLast((one) => one.key === key);
  return variable && plaintext(variable, secrets);
}

/** `without`: the scope to leave out. The component's own variables win over the app's. */
function specEnvironment(without: Env['scope'], secrets: SecretBox, bindings: Bindings): Environment {
  const env: Record<string, string> = {};
  const unreadable: string[] = [];
  for (const variable of variablesOf(bindings.spec, bindings.component)) {
    if (variable.scope === without) continue;
    const value = plaintext(variable, secrets);
    if (value === undefined) unreadable.push(variable.key);
    else env[variable.key] = bind(value, bindings);
  }
  return { env, unreadable };
}

function variablesOf(spec: AppSpec, component: string): Env[] {
  const own = builtComponents(spec).find((one) => one.spec.name === component)?.spec.envs;
  return [...(spec.envs ?? []), ...(own ?? [])];
}

function plaintext({ type, value = '' }: Env, secrets: SecretBox): string | undefined {
  return type === 'SECRET' && isEncrypted(value) ? secrets.decrypt(value) : value;
}
