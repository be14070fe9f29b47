import { printable } from './printable.js';
import type { Rule } from './traffic.js';

/** The rule that matches a request, and the rest of its path after the path of the rule. */
export interface Match {
  rule: Rule;
  /** The path and query as the component sees them. */
  target: string;
}

/** Finds the rule for a `Host` header and a request target (path and query); none where no rule fits. */
export type Router = (host: string, target: string) => Match | undefined;

/** The rules of one authority, by path. */
interface Paths {
  exact: Map<string, Rule>;
  /** The rules by prefix without its last slash, so that "/" is the empty one. */
  prefix: Map<string, Rule>;
  /** The segments of the longest prefix: no look-up goes deeper, however long a path is. */
  depth: number;
}

interface Authority {
  /** Whether it matches a lower-case host name without port. */
  matches: (name: string) => boolean;
  /** Higher ones are tried first. */
  rank: number;
  paths: Paths;
}

/**
 * Prepares rules for look-ups. Of the matching rules, a full authority precedes a prefix of it and that precedes none, then an
 * exact path a prefix, a longer prefix a shorter one, and else the first in the spec wins. A path prefix matches whole
 * segments: "/api" does not match "/apix".
 */
export function compileRules(rules: readonly Rule[]): Router {
  const authorities = groupByAuthority(rules);
  return (host, target) => {
    const query = target.indexOf('?');
    const path = query === -1 ? target : target.slice(0, query);
    const name = hostName(host);
    for (const { matches, paths } of authorities) {
      const match = matches(name) ? findPath(paths, path) : undefined;
      if (match) return { rule: match.rule, target: seenBy(match.rule, match.rest, path, target) };
    }
    return undefined;
  };
}

function groupByAuthority(rules: readonly Rule[]): Authority[] {
  const groups = new Map<string, Authority>();
  for (const rule of rules) {
    const key = JSON.stringify(rule.authority ?? null);
    const group = groups.get(key) ?? {
      ...authorityOf(rule),
      paths: { exact: new Map(), prefix: new Map(), depth: 0 },
    };
    groups.set(key, group);
    addPath(group.paths, rule);
  }
  return [...groups.values()].sort((a, b) => b.rank - a.rank);
}

/** `example.com.localhost` stands for `example.com`, so that the rules of a domain can be tried on this machine. */
function authorityOf({ authority }: Rule): Omit<Authority, 'paths'> {
  if (!authority) return { matches: () => true, rank: -1 };
  const localless = (name: string): string => name.replace(/\.localhost$/, '');
  if ('exact' in authority) {
    const exact = authority.exact.toLowerCase();
    return { matches: (name) => name === exact || localless(name) === exact, rank: Infinity };
  }
  const prefix = authority.prefix.toLowerCase();
  return { matches: (name) => name.startsWith(prefix), rank: prefix.length };
}

function addPath(paths: Paths, rule: Rule): void {
  const { path } = rule;
  const [map, key] =
    'exact' in path ? [paths.exact, path.exact || '/'] : [paths.prefix, path.prefix.replace(/\/$/, '')];
  if (!map.has(key)) map.set(key, rule);
  if (map === paths.prefix) paths.depth = Math.max(paths.depth, key.split('/').length - 1);
}

/** `rest` is what follows the path of the rule: nothing, or from a slash on. */
function findPath({ exact, prefix, depth }: Paths, path: string): { rule: Rule; rest: string } | undefined {
  const whole = exact.get(path);
  if (whole) return { rule: whole, rest: '' };
  for (const end of segmentEnds(path, depth)) {
    const rule = prefix.get(path.slice(0, end));
    if (rule) return { rule, rest: path.slice(end) };
  }
  return undefined;
}

/** Where the first segments of a path end, `depth` at most, the last of them first; 0 is before them all. */
function segmentEnds(path: string, depth: number): number[] {
  const ends = [0];
  for (let end = 0; ends.length <= depth && end < path.length; ends.unshift(end)) {
    const slash = path.indexOf('/', end + 1);
    end = slash === -1 ? path.length : slash;
  }
  return ends;
}

function seenBy({ to }: Rule, rest: string, path: string, target: string): string {
  if ('redirect' in to || to.preservePathPrefix) return target;
  const query = target.slice(path.length);
  if (to.rewrite === undefined) return (rest === '' ? '/' : rest) + query;
  const rewrite = printable(to.rewrite.replace(/^(?!\/)/, '/'));
  return (rest === '' ? rewrite : rewrite.replace(/\/$/, '') + rest) + query;
}

function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}
