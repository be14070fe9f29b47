import { durationMs } from '@odoobo/machine/time';
import type { IncomingMessage } from 'node:http';
import { RE2JS } from 're2js';

/** Header lines: name, value, name, value. */
export type HeaderLines = readonly string[];

/** What a rule lets other origins do, in the words of App Platform's `cors`. */
export interface CorsPolicy {
  readonly allow_origins?: readonly Origin[] | undefined;
  readonly allow_methods?: readonly string[] | undefined;
  readonly allow_headers?: readonly string[] | undefined;
  readonly expose_headers?: readonly string[] | undefined;
  /** A duration, such as `5h30m`. */
  readonly max_age?: string | undefined;
  readonly allow_credentials?: boolean | undefined;
}

/** One of the three; a regex is RE2. */
interface Origin {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly regex?: string | undefined;
}

/** A policy, ready for requests. */
export interface Cors {
  /** What answers a preflight of an origin that is allowed; none for any other request. */
  preflight(request: IncomingMessage): HeaderLines | undefined;
  /** Extra headers of the answer; none where the origin of the request is not allowed. */
  headersFor(request: IncomingMessage): HeaderLines;
}

const nothing: HeaderLines = [];

/** A scheme, a name of at most 253 characters and a port fit; nothing longer is worth the time of a pattern. */
const longestOrigin = 300;

/**
 * Prepares a policy that behaves like the proxy that App Platform's fields are named after (Envoy): a preflight that the policy
 * does not allow is forwarded to the component.
 * @throws Error that names the field, for a pattern that is not RE2 or a max_age that is not a duration.
 */
export function compileCors(policy: CorsPolicy): Cors {
  const origins = (policy.allow_origins ?? []).map(compileOrigin);
  const maxAge = policy.max_age === undefined ? undefined : secondsOf(policy.max_age);
  const allows = ({ headers: { origin } }: IncomingMessage): string | undefined =>
    origin && origin.length <= longestOrigin && origins.some((matches) => matches(origin))
      ? origin
      : undefined;
  const credentials = policy.allow_credentials ? 'true' : undefined;
  const forPreflight = {
    'allow-credentials': credentials,
    'allow-methods': listed(policy, 'allow_methods'),
    'allow-headers': listed(policy, 'allow_headers'),
    'max-age': maxAge?.toString(),
  };
  const forOthers = { 'allow-credentials': credentials, 'expose-headers': listed(policy, 'expose_headers') };
  return {
    preflight: (request) => {
      const origin = isPreflight(request) ? allows(request) : undefined;
      return origin === undefined ? undefined : linesOf({ 'allow-origin': origin, ...forPreflight });
    },
    headersFor: (request) => {
      const origin = allows(request);
      return origin === undefined ? nothing : linesOf({ 'allow-origin': origin, ...forOthers });
    },
  };
}

/** RE2 takes time linear in the text, so that no pattern of a spec can hold up the platform. */
function compileOrigin({ exact, prefix, regex }: Origin): (origin: string) => boolean {
  if (exact !== undefined) return (origin) => origin === exact;
  if (prefix !== undefined) return (origin) => origin.startsWith(prefix);
  try {
    const pattern = RE2JS.compile(regex ?? '');
    return (origin) => pattern.matches(origin);
  } catch (cause) {
    throw new Error(
      `allow_origins: expected a pattern of RE2, got "${regex}" (${(cause as Error).message})`,
      {
        cause,
      },
    );
  }
}

function secondsOf(duration: string): number {
  const ms = durationMs(duration);
  if (ms === undefined) throw new Error(`max_age: expected a duration such as "5h30m", got "${duration}"`);
  return Math.floor(ms / 1000);
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function listed(
  policy: CorsPolicy,
  field: 'allow_methods' | 'allow_headers' | 'expose_headers',
): string | undefined {
  const names = policy[field] ?? [];
  const wrong = names.find((name) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name));
  if (wrong !== undefined) throw new Error(`${field}: expected HTTP names, got ${JSON.stringify(wrong)}`);
  return names.length > 0 ? names.join(', ') : undefined;
}

function linesOf(named: Record<string, string | undefined>): HeaderLines {
  const lines = Object.entries(named).flatMap(([name, value]) =>
    value ? [`access-control-${name}`, value] : [],
  );
  // An answer for one origin must not be cached for another.
  return [...lines, 'vary', 'Origin'];
}
