import { printable } from './printable.js';
import type { Redirect } from './traffic.js';

/**
 * The target of a redirect: what the rule leaves out is as in the request. With another authority the scheme is https
 * unless the rule names one, as on App Platform; on this machine, where no app speaks TLS, it is http.
 * @param target path and query of the request; the query is kept unless `uri` has one of its own
 */
export function locationOf({ redirect }: Redirect, host: string, target: string): string {
  const scheme = redirect.scheme ?? (redirect.authority === undefined ? 'http' : 'https');
  return `${scheme}://${printable(authorityOf(redirect, host))}${pathOf(redirect.uri, target)}`;
}

function authorityOf({ authority, port }: Redirect['redirect'], host: string): string {
  if (port === undefined) return authority ?? host;
  return `${(authority ?? host).replace(/:\d+$/, '')}:${port}`;
}

function pathOf(uri: string | undefined, target: string): string {
  if (uri === undefined) return target;
  const query = target.indexOf('?');
  const path = printable(uri.replace(/^(?!\/)/, '/'));
  return query === -1 || uri.includes('?') ? path : path + target.slice(query);
}
