import type { Variant } from '@odoobo/verdict';
import type { IncomingMessage } from 'node:http';
import type { RouterConfig } from './config.js';
import { valuesOf } from './places.js';

type Match = RouterConfig['matches'][number];

/** The variant that a request must go to by the first match that fits; none where no match does. */
export function matched(matches: readonly Match[], request: IncomingMessage): Variant | undefined {
  return matches.find((match) => fits(match, request))?.to;
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
