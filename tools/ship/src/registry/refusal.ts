import * as z from 'zod';
import { printable } from '../terminal/printable.js';
import type { Known, Login } from './logins.js';
import { type Repository, showRepository } from './reference.js';
import { imageTroubles, RegistryError } from './registry-error.js';
import { basic } from './token.js';

/** The error body of the OCI distribution specification, "Error codes". */
const bodySchema = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1),
});

/** Statuses that are worth a retry. */
const repeatedStatuses = [408, 429, 500, 502, 503, 504];

export interface Refusal {
  /** The action, for messages: `push the manifest`. */
  doing: string;
  status: number;
  body: string;
  retryAfter: string | undefined;
}

/** The error for a reply that is not a success. */
export function refused(repository: Repository, known: Known, refusal: Refusal): RegistryError {
  const { doing, status, body, retryAfter } = refusal;
  const said = hide(saidIn(body), known.login);
  const advice = adviceOf(repository, known, status);
  const isBusy = status >= 500 || repeatedStatuses.includes(status);
  return new RegistryError(
    `${showRepository(repository)}: could not ${doing}: ${status}${said && ` ${said}`}. ${advice}`.trimEnd(),
    {
      code: isBusy ? imageTroubles.unavailable : imageTroubles.refused,
      status,
      again: repeatedStatuses.includes(status),
      afterMs: waitOf(retryAfter),
    },
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

/** A registry may repeat the login in its reply. */
function hide(text: string, login: Login | undefined): string {
  if (!login) return text;
  const shown = basic(login).replace('Basic ', '');
  return text.replaceAll(login.password, '[password]').replaceAll(shown, '[password]');
}

function adviceOf({ registry }: Repository, { login, advice }: Known, status: number): string {
  switch (status) {
    case 401:
      return login ? `It rejected the login of ${login.from}. ${advice}` : advice;
    case 403:
      return `The login${login ? ` of ${login.from}` : ''} has no permission, or the registry's quota is used up. ${rightsOf(registry)}`;
    case 404:
      return 'Check the names of registry and repository: it may have to be created first.';
    case 429:
      return 'Rate limit reached: wait, and deploy again.';
    default:
      return status >= 500 ? 'The registry has a server error: deploy again later.' : '';
  }
}

function rightsOf(registry: string): string {
  if (registry === 'ghcr.io') {
    // https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
    return (
      'A push needs the scope write:packages; in GitHub Actions the job needs packages: write, and a package that ' +
      'already exists must let this repository write (its settings, "Manage Actions access").'
    );
  }
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
