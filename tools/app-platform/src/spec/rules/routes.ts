import {
  componentsOf,
  type Fields,
  fieldsOf,
  listOf,
  type LooseComponent,
  type Report,
  textOf,
} from './loose.js';

/** Routes are "unique across all components within an app" (godo, apps.gen.go), and so are the matches of ingress rules. */
export function checkRoutes(spec: Fields, report: Report): void {
  const routes = new Map<string, string>();
  for (const { list, path, fields } of componentsOf(spec)) {
    listOf(fields.routes).forEach((route, index) => {
      const at = [...path, 'routes', index];
      const prefix = withoutSlash(textOf(route.path) ?? '/');
      const earlier = routes.get(prefix);
      if (earlier === undefined) routes.set(prefix, at.join('/'));
      else report([...at, 'path'], `"${prefix}" is already the path of ${earlier}`);
    });
    if (list === 'services') checkInternal({ list, path, fields }, report);
  }
  checkMatches(spec, report);
}

/**
 * "A truly internal service will have neither a HTTP route nor HTTP port", but a service may be both internal and public:
 * https://docs.digitalocean.com/glossary/service/
 */
function checkInternal({ path, fields }: LooseComponent, report: Report): void {
  const isInternal = listLength(fields.internal_ports) > 0 && fields.http_port === undefined;
  if (!isInternal || listLength(fields.routes) === 0) return;
  report(
    [...path, 'routes'],
    'not allowed for a service with internal_ports alone. Set http_port, too, or leave the routes out',
  );
}

function listLength(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function checkMatches(spec: Fields, report: Report): void {
  const matches = new Map<string, number>();
  listOf(fieldsOf(spec.ingress).rules).forEach((rule, index) => {
    const match = matchOf(fieldsOf(rule.match));
    const earlier = matches.get(match);
    if (earlier === undefined) matches.set(match, index);
    else report(['ingress', 'rules', index], `matches ${match}, as ingress/rules/${earlier} already does`);
  });
}

/** What a rule matches, in words: without a path, every path. */
function matchOf({ path, authority }: Fields): string {
  const { exact, prefix } = fieldsOf(path);
  const paths =
    textOf(exact) === undefined
      ? `the prefix "${withoutSlash(textOf(prefix) ?? '/')}"`
      : `the path "${textOf(exact)}"`;
  const host = fieldsOf(authority);
  if (textOf(host.exact) !== undefined) return `${paths} of "${textOf(host.exact)?.toLowerCase()}"`;
  return textOf(host.prefix)
    ? `${paths} of hosts that start with "${textOf(host.prefix)?.toLowerCase()}"`
    : paths;
}

/** `/api/` matches what `/api` does. */
function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '') || '/';
}
