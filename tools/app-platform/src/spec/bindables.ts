import type { AppSpec } from './app-spec.js';
import type { Issue } from './check-against.js';
import type { Env } from './envs.js';
import { componentLists } from './secret-places.js';

/** https://docs.digitalocean.com/products/app-platform/how-to/use-environment-variables/ */
const ofComponents = [
  ...['PUBLIC_URL', 'PUBLIC_DOMAIN', 'PUBLIC_ROUTE_PATH'],
  ...['PRIVATE_URL', 'PRIVATE_DOMAIN', 'PRIVATE_PORT', 'COMMIT_HASH'],
];
const ofDatabases = [
  ...['DATABASE_URL', 'JDBC_DATABASE_URL', 'HOSTNAME', 'PORT', 'USERNAME', 'PASSWORD', 'DATABASE'],
  'CA_CERT',
];

/** A bindable variable of a component, `${db.HOSTNAME}`, or of a connection pool, `${db.pool.HOSTNAME}`. */
const references = /\$\{([A-Za-z0-9_-]+)(?:\.[A-Za-z0-9_-]+)?\.([A-Za-z0-9_]+)\}/g;

/**
 * Bindable variables in the values of a spec that App Platform has no value for, so it leaves them as they are. Nothing is wrong
 * for sure: a value may look like one.
 */
export function unknownBindables(spec: AppSpec): Issue[] {
  const known = new Map((spec.databases ?? []).map(({ name }) => [name, ofDatabases]));
  const own = componentLists.flatMap((list) =>
    (spec[list] ?? []).map((component, index) => ({ ...component, path: `${list}/${index}/` })),
  );
  const keysOf = (envs: readonly Env[] = []) => [...ofComponents, ...envs.map(({ key }) => key)];
  const shared = (spec.envs ?? []).map(({ key }) => key);
  for (const { name, envs } of own) known.set(name, [...keysOf(envs), ...shared]);
  return [
    ...issuesOf('', spec.envs, (name) => (name === '_self' ? undefined : (known.get(name) ?? []))),
    ...own.flatMap(({ path, name: self, envs }) =>
      issuesOf(path, envs, (name) => known.get(name === '_self' ? self : name) ?? []),
    ),
  ];
}

const ofApps = ['APP_ID', 'APP_URL', 'APP_DOMAIN'];
const plainReferences = /(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * References such as `${SHARED}` to a variable that neither the app nor the component has. Only for a spec as a platform gets it: in
 * a file, they may stand for variables of the environment.
 */
export function unknownVariables(spec: AppSpec): Issue[] {
  const shared = [...ofApps, ...(spec.envs ?? []).map(({ key }) => key)];
  const own = componentLists.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ envs }, index) => {
      const known = [...shared, ...(envs ?? []).map(({ key }) => key)];
      return unknownIn(`${list}/${index}/`, envs, known);
    }),
  );
  return [...unknownIn('', spec.envs, shared), ...own];
}

function unknownIn(path: string, envs: readonly Env[] | undefined, known: readonly string[]): Issue[] {
  return (envs ?? []).flatMap(({ value = '' }, index) =>
    [...value.matchAll(plainReferences)]
      .filter(([, name = '']) => !known.includes(name))
      .map(([reference]) => ({
        path: `${path}envs/${index}/value`,
        message: `there is no variable for ${reference}, which stays as it is`,
      })),
  );
}

/** @param keysOf The keys of a component; undefined where any will do. */
function issuesOf(
  path: string,
  envs: readonly Env[] = [],
  keysOf: (name: string) => readonly string[] | undefined,
): Issue[] {
  return envs.flatMap(({ value = '' }, index) =>
    [...value.matchAll(references)].flatMap(([reference, name = '', key = '']) => {
      if (keysOf(name)?.includes(key) ?? true) return [];
      const message = `App Platform has no value for ${reference}, and leaves it as it is`;
      return [{ path: `${path}envs/${index}/value`, message }];
    }),
  );
}
