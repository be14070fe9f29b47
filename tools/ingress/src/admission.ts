import type { IncomingMessage } from 'node:http';
import type { HeaderLines } from './cors.js';
import type { Place } from './exchange.js';
import { Generation } from './generation.js';
import { printable } from './printable.js';
import { noInstance, noRule, offline, type Refusal } from './refusal.js';
import type { Passage, Steering } from './steering.js';
import type { Redirect, Site } from './traffic.js';

/** What is to be done with a request. */
export type Admission = Refused | Answered | FromSite | ToInstances;

export interface Refused {
  kind: 'refused';
  refusal: Refusal;
  extra: HeaderLines;
  /** The URL of a page that browsers get in its place. */
  pageUrl?: string | undefined;
}

/** An answer of the ingress itself, with nothing but a head. */
interface Answered {
  kind: 'answered';
  status: number;
  headers: HeaderLines;
}

export interface FromSite {
  kind: 'site';
  component: string;
  generation: Generation;
  site: Site;
  target: string;
  extra: HeaderLines;
}

export interface ToInstances extends Place {
  kind: 'instances';
}

const noLines: HeaderLines = [];

/** Who chooses the component, and the attempt before, which got no answer. */
export interface Steered {
  steering: Steering | undefined;
  failed: Passage | undefined;
}

/**
 * Looks a request up in the rules of what is live.
 * @param live or why nothing is
 */
export function admit(
  request: IncomingMessage,
  app: string,
  live: Generation | Refusal,
  { steering, failed }: Steered,
): Admission {
  if (!(live instanceof Generation)) return refused(live);
  if (live.traffic.offline !== undefined)
    return { ...refused(offline(app, live.traffic.offline)), pageUrl: live.traffic.errorPage };
  const { headers, url = '/' } = request;
  const { host = '' } = headers;
  const match = live.route(host, url);
  if (!match) return refused(noRule(app, url));
  const cors = live.cors(match.rule);
  const preflight = cors?.preflight(request);
  if (preflight) return { kind: 'answered', status: 200, headers: [...preflight, 'content-length', '0'] };
  const extra = cors ? cors.headersFor(request) : noLines;
  const { to } = match.rule;
  if (!('redirect' in to)) {
    const passage = steering?.steer(request, failed);
    const component = passage?.component ?? to.component;
    const balancer = live.balancer(component);
    if (balancer)
      return {
        kind: 'instances',
        generation: live,
        component,
        balancer,
        target: match.target,
        extra,
        passage,
      };
    const site = live.site(component);
    if (site) return { kind: 'site', component, generation: live, site, target: match.target, extra };
    return { ...refused(noInstance(app, component), extra), pageUrl: live.traffic.errorPage };
  }
  const location = locationOf(to, host, url);
  const lines = [...extra, 'location', location, 'content-length', '0'];
  return { kind: 'answered', status: to.redirect.code, headers: lines };
}

export function refused(refusal: Refusal, extra = noLines): Refused {
  return { kind: 'refused', refusal, extra };
}

/**
 * The target of a redirect: what the rule leaves out is as in the request. With another authority the scheme is https
 * unless the rule names one, as on App Platform; on this machine, where no app speaks TLS, it is http.
 * @param target path and query of the request; the query is kept unless `uri` has one of its own
 */
function locationOf({ redirect }: Redirect, host: string, target: string): string {
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
