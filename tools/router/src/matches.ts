import type { IncomingMessage } from 'node:http';
import type { RouterConfig } from './config.js';
import { valuesOf } from './places.js';

export type Match = RouterConfig['matches'][number];

/** The first match that fits a request, which says where it must go. */
export function matched(matches: readonly Match[], request: IncomingMessage): Match | undefined {
  return matches.find((match) => fits(match, request));
}

function fits(match: Match, { headers, url = '/' }: IncomingMessage): boolean {
  if ('header' in match) return String(headers[match.header.name.toLowerCase()]) === match.header.value;
  if ('cookie' in match)
    return valuesOf(headers.cookie ?? '', match.cookie.name).includes(match.cookie.value);
  return isBelow(url.split('?', 1)[0] as string, match.path);
}

/** Whole segments: "/api" does not match "/apix". */
function isBelow(path: string, prefix: string): boolean {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(folder);
}
