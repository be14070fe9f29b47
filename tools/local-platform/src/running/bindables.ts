import type { AppSpec } from '@odoobo/app-platform/spec';

/** What an app's bindable variables stand for. */
export interface Bindings {
  appId: string;
  /** The app's URL. */
  url: string;
  spec: AppSpec;
  /** The component whose environment is filled in: what `_self` means. */
  component: string;
  /** Where that component listens. */
  port: number;
}

/**
 * Fills in the bindable variables of a value, such as `${APP_URL}` and `${_self.PRIVATE_PORT}`. What App Platform does not
 * know either stays as it is. The list: https://docs.digitalocean.com/products/app-platform/how-to/use-environment-variables/
 */
export function bind(value: string, bindings: Bindings): string {
  const known = bindables(bindings);
  return value.replace(/\$\{([A-Za-z0-9_.-]+)\}/g, (text, name: string) => known.get(name) ?? text);
}

function bindables({ appId, url, spec, component, port }: Bindings): Map<string, string> {
  const { host } = new URL(url);
  const known = new Map([
    ['APP_ID', appId],
    ['APP_URL', url],
    ['APP_DOMAIN', host],
  ]);
  for (const prefix of ['_self', component]) {
    const route = routeOf(spec, component);
    known.set(`${prefix}.PUBLIC_URL`, new URL(route, url).href.replace(/\/$/, ''));
    known.set(`${prefix}.PUBLIC_DOMAIN`, host);
    known.set(`${prefix}.PUBLIC_ROUTE_PATH`, route);
    known.set(`${prefix}.PRIVATE_DOMAIN`, '127.0.0.1');
    known.set(`${prefix}.PRIVATE_PORT`, String(port));
    known.set(`${prefix}.PRIVATE_URL`, `http://127.0.0.1:${port}`);
  }
  return known;
}

/** The path under which a component is reached from outside. */
function routeOf(spec: AppSpec, component: string): string {
  const rule = spec.ingress?.rules?.find((one) => one.component?.name === component);
  return rule?.match?.path?.prefix ?? '/';
}
