import * as z from 'zod';
import { printable } from '../terminal/printable.js';
import { loginAdvice, type Login } from './logins.js';
import { showRepository, type Repository } from './reference.js';

export interface RegistryErrorDetails {
  status?: number;
  /** Whether another try may go better. */
  again?: boolean;
  /** Milliseconds that the registry asks to wait before it. */
  afterMs?: number | undefined;
  cause?: unknown;
}

/** What a registry did not do. Neither it nor its causes contain a password. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number | undefined;
  readonly again: boolean;
  readonly afterMs: number | undefined;

  constructor(message: string, { status, again = false, afterMs, cause }: RegistryErrorDetails = {}) {
    super(message, { cause });
    this.status = status;
    this.again = again;
    this.afterMs = afterMs;
  }
}

/** The error body of the OCI distribution specification, "Error codes". */
const bodySchema = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1),
});

const repeatedStatuses = [408, 429, 500, 502, 503, 504];

export interface Refusal {
  /** What was asked: `push the manifest`. */
  doing: string;
  status: number;
  body: string;
  retryAfter: string | undefined;
}

/** The error for an answer that is not a success. */
export function refused(repository: Repository, login: Login | undefined, refusal: Refusal): RegistryError {
  const { doing, status, body, retryAfter } = refusal;
  const said = hide(saidIn(body), login);
  const advice = adviceOf(repository, login, status);
  return new RegistryError(
    `${showRepository(repository)}: could not ${doing}: ${status}${said && ` ${said}`}. ${advice}`.trimEnd(),
    { status, again: repeatedStatuses.includes(status), afterMs: waitOf(retryAfter) },
  );
}

function saidIn(body: string): string {
  const parsed = bodySchema.safeParse(parseJson(body));
  const text = parsed.data?.errors.map(({ code, message = '' }) => `${code} ${message}`.trim()).join(', ');
  return printable(text ?? body).slice(0, 300);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function hide(text: string, login: Login | undefined): string {
  return login ? text.replaceAll(login.password, '[password]') : text;
}

function adviceOf({ registry }: Repository, login: Login | undefined, status: number): string {
  switch (status) {
    case 401:
      return login
        ? `It does not take the login of ${login.from}. ${loginAdvice(registry)}`
        : loginAdvice(registry);
    case 403:
      return `The login${login ? ` of ${login.from}` : ''} may not, or the registry's quota is used up. ${scopesOf(registry)}`;
    case 404:
      return 'Check the names of registry and repository: it may have to be made first.';
    case 429:
      return 'It asks for fewer calls: wait, and deploy again.';
    default:
      return status >= 500 ? 'The registry is in trouble: deploy again later.' : '';
  }
}

function scopesOf(registry: string): string {
  if (registry === 'ghcr.io') return 'A push needs the scope write:packages.';
  // https://docs.digitalocean.com/reference/api/scopes/
  if (registry === 'registry.digitalocean.com') return 'A push needs the scopes of registry.';
  return 'A push needs the right to write.';
}

/** In milliseconds; the header holds seconds or a date. */
function waitOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = Number(retryAfter);
  const wait = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
