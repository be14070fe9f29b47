import { isLoopback } from '@odoobo/machine/network';
import { runner } from '@odoobo/machine/package-manager';
import { redactor } from '../spec/index.js';

/**
 * What is known of a failed call: `unsent` never left this machine, `refused` was rejected,
 * `unknown` may have taken effect (a lost reply, a 5xx, an unreadable body).
 */
export type CallOutcome = 'unsent' | 'refused' | 'unknown';

/** Ids of calls that the platform did not answer, or answered with an unreadable reply. */
export const ownErrorIds = {
  unreachable: 'unreachable',
  unreadable: 'unreadable_reply',
  unexpected: 'unexpected_reply',
  deadline: 'deadline',
  rateLimited: 'rate_limited',
} as const;

export interface AppPlatformErrorDetails {
  outcome: CallOutcome;
  method: string;
  path: string;
  /** How often the call was tried. */
  tries: number;
  status?: number;
  /** The platform's id of the error, such as `not_found`, or one of `ownErrorIds`. */
  id: string;
  requestId?: string;
  cause?: unknown;
}

/** A call of the API that failed. Neither it nor its causes contain the token. */
export class AppPlatformError extends Error {
  override readonly name = 'AppPlatformError';
  readonly outcome: CallOutcome;
  readonly method: string;
  readonly path: string;
  readonly tries: number;
  readonly status: number | undefined;
  readonly id: string;
  readonly requestId: string | undefined;

  constructor(message: string, details: AppPlatformErrorDetails) {
    super(message, { cause: details.cause });
    this.outcome = details.outcome;
    this.method = details.method;
    this.path = details.path;
    this.tries = details.tries;
    this.status = details.status;
    this.id = details.id;
    this.requestId = details.requestId;
  }
}

/** The reply; undefined where the platform answers that there is no such thing (any more). */
export async function unlessGone<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof AppPlatformError && error.status === 404) return undefined;
    throw error;
  }
}

/** Removes the token from a text. */
export type Redact = (text: string) => string;

export function redactToken(token: string): Redact {
  return redactor([token], '[token]');
}

/**
 * An error as a cause that is safe to print: a parser error of undici contains the raw bytes of the reply,
 * and a server may repeat the token in them, so only name, code and message are kept.
 */
export function toSafeCause(error: unknown, redact: Redact): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const code = codeOf(error);
  const message = error.message === '' && code !== undefined ? code : error.message;
  const safe = new Error(
    redact(message),
    error.cause ? { cause: toSafeCause(error.cause, redact) } : undefined,
  );
  safe.name = error.name;
  return Object.assign(safe, code === undefined ? {} : { code });
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** What to do when nothing answers at a URL. */
export function unreachableHint(url: URL): string {
  return isLoopback(url)
    ? `Start it: ${runner} local-platform start`
    : 'Check the network, and https://status.digitalocean.com.';
}

/** What to do about a status that is about the caller, if `path` begins with `/v2/`. */
export function statusHint(url: URL, status: number, method: string, path: string): string {
  const local = isLoopback(url);
  if (status === 401) {
    return local
      ? ` Its token has changed: restart it with ${runner} local-platform stop, then start.`
      : ' Check DIGITALOCEAN_ACCESS_TOKEN.';
  }
  return status === 403 && !local ? ` The token needs the scope ${scopeOf(method, path)}.` : '';
}

/** According to the `security` of each operation in DigitalOcean's OpenAPI document. */
function scopeOf(method: string, path: string): string {
  if (method === 'GET' || path === '/v2/apps/propose') return 'app:read';
  if (method === 'DELETE') return 'app:delete';
  return method === 'POST' && path === '/v2/apps' ? 'app:create' : 'app:update';
}
