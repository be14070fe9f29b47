import type { AppSpec } from '@odoobo/app-platform/spec';
import type { AppDatabases } from '../databases/database-values.js';
import { builtComponents } from '../deployments/components.js';
import { httpPortOf, otherPortsOf } from './component-spec.js';
import { rulesOf } from './ingress-rules.js';

/** What an app's bindable variables stand for. */
export interface Bindings {
  appId: string;
  /** The app's URL. */
  url: string;
  spec: AppSpec;
  /** The component whose environment is filled in: what `_self` means. */
  component: string;
  /** Where that component's own instance listens, if it does. */
  port?: number | undefined;
  /** Where the first instance of each service listens. Empty while a component is built: nothing has a port then. */
  ports: ReadonlyMap<string, number>;
  databases: AppDatabases;
  /** The commit that a component is built from; undefined of an image. */
  commitOf(component: string): string | undefined;
  /** The values of a component's own variables; undefined where there is none, or it cannot be read here. */
  variableOf(component: string, key: string): string | undefined;
}

/**
 * Fills in the bindable variables of a value, such as `${APP_URL}`, `${_self.PRIVATE_PORT}`, `${api.PRIVATE_URL}`,
 * `${api.ITS_OWN_VARIABLE}`, `${db.HOSTNAME}` and, of a connection pool, `${db.pool.HOSTNAME}`. What App Platform does not know
 * either stays as it is. The list:
 * https://docs.digitalocean.com/products/app-platform/how-to/use-environment-variables/
 */
export function bind(value: string, bindings: Bindings): string {
  const bound = value.replace(
    /\$\{([A-Za-z0-9_-]+)(?:(?:\.[A-Za-z0-9_-]+)?\.([A-Za-z0-9_]+))?\}/g,
    (text, name: string, key?: string) => {
      if (key === undefined) return ofApp(name, bindings) ?? text;
      const database = bindings.databases.get(name);
      return (database ? database.values[key] : ofComponent(name, key, bindings)) ?? text;
    },
  );
  return withAddresses(bound, bindings);
}

/**
 * Components of an app reach each other as `http://<component>:<port>` on App Platform. Here they have no names, so the address
 * of this machine stands for such a part of a variable's value.
 */
function withAddresses(value: string, { spec, ports }: Bindings): string {
  return value.replace(
    /(?<=^|[\s,;=]|\/\/|@)([a-z][a-z0-9-]*[a-z0-9]):(\d{1,5})(?![\w.:-])/g,
    (text, name: string, asked: string) => {
      const service = spec.services?.find((one) => one.name === name);
      if (!service) return text;
      const isOther = otherPortsOf(service).includes(Number(asked));
      const port = isOther
        ? Number(asked)
        : Number(asked) === httpPortOf(service)
          ? ports.get(name)
          : undefined;
      return port === undefined ? text : `127.0.0.1:${port}`;
    },
  );
}

function ofApp(name: string, { appId, url }: Bindings): string | undefined {
  switch (name) {
    case 'APP_ID':
      return appId;
    case 'APP_URL':
      return url;
    case 'APP_DOMAIN':
      return new URL(url).hostname;
    default:
      return undefined;
  }
}

function ofComponent(name: string, key: string, bindings: Bindings): string | undefined {
  const { spec, component, url } = bindings;
  const target = name === '_self' ? component : name;
  if (!builtComponents(spec).some((one) => one.spec.name === target)) return undefined;
  const port =
    target === component ? (bindings.port ?? bindings.ports.get(target)) : bindings.ports.get(target);
  const route = routeOf(spec, target);
  switch (key) {
    case 'PUBLIC_URL':
      return new URL(route, url).href.replace(/\/$/, '');
    case 'PUBLIC_DOMAIN':
      return new URL(url).hostname;
    case 'PUBLIC_ROUTE_PATH':
      return route;
    case 'PRIVATE_DOMAIN':
      return '127.0.0.1';
    case 'PRIVATE_PORT':
      return port === undefined ? undefined : String(port);
    case 'PRIVATE_URL':
      return port === undefined ? undefined : `http://127.0.0.1:${port}`;
    case 'COMMIT_HASH':
      return bindings.commitOf(target);
    default:
      return bindings.variableOf(target, key);
  }
}

/** The path under which a component is reached from outside. */
export function routeOf(spec: AppSpec, component: string): string {
  for (const { path, to } of rulesOf(spec)) {
    if ('component' in to && to.component === component)
      return 'prefix' in path ? path.prefix || '/' : path.exact;
  }
  return '/';
}
