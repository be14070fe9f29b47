import type { Variant } from '@odoobo/verdict';
import { createHmac, hash, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RouterConfig } from './config.js';
import type { Probation } from './probation.js';

/** Where clients stand, from 0 to 999: the canary serves those below its weight in tenths of a percent. */
export const places = 1000;

/** 2^32 divided by the golden ratio. */
const step = 0x9e3779b9;
const range = 2 ** 32;

/** The variant that takes a client. */
export interface Seat {
  variant: Variant;
  /** Where the client stands. */
  place: number;
  /** The `Set-Cookie` that lets the client keep its place, and the canary if it got that; none where it has both. */
  cookie: string | undefined;
  /** Whether the client had no place before. */
  isNew: boolean;
}

/** What a cookie says. */
interface Kept {
  place: number;
  /** Whether the canary has served its client. */
  byCanary: boolean;
}

/** The cookie that keeps a client's place. */
export const cookieName = 'skill-variant';

const attributes = `; Path=/; Max-Age=${7 * 24 * 3600}; HttpOnly; SameSite=Lax`;

/**
 * Gives each client a place, which it keeps. It is in its cookie, or the hash of its header, and in no memory: so routers agree
 * without talking, and a client that the canary serves stays there while the weight grows. Its cookie also says that the canary has
 * served it: a router that was restarted, and is at an earlier step, leaves it there.
 */
export class Places {
  readonly #header: string | undefined;
  readonly #salt: string;
  /** The cookies of each place, signed; there are so few that no request needs a signature to be computed. */
  readonly #cookies: Readonly<Record<Variant, readonly string[]>>;
  readonly #kept = new Map<string, Kept>();
  #last = randomInt(range);

  /** @param secret signs the cookies: without it nobody can choose a place */
  constructor({ rollout, stickyBy }: Pick<RouterConfig, 'rollout' | 'stickyBy'>, secret: string) {
    this.#header = stickyBy === 'cookie' ? undefined : stickyBy.header.toLowerCase();
    this.#salt = `${secret}\0${rollout}\0`;
    const cookiesOf = (variant: Variant): string[] =>
      Array.from({ length: places }, (_, place) => {
        const value = `${place}${variant === 'canary' ? 'c' : ''}`;
        const signed = `${value}.${signature(secret, rollout, value)}`;
        this.#kept.set(signed, { place, byCanary: variant === 'canary' });
        return `${cookieName}=${signed}${attributes}`;
      });
    this.#cookies = { live: cookiesOf('live'), canary: cookiesOf('canary') };
  }

  /**
   * @param below the places that the canary takes: those below this number
   * @param probation which may give some of them to live for now
   */
  of({ headers }: IncomingMessage, below: number, probation?: Pick<Probation, 'admits'>): Seat {
    const header = this.#header === undefined ? undefined : headers[this.#header];
    const kept = this.#header === undefined ? this.#keptBy(headers.cookie) : undefined;
    // At weight 0 nobody needs a place yet.
    if (!kept && below === 0) return { variant: 'live', place: places, cookie: undefined, isNew: false };
    const place = kept?.place ?? (header === undefined ? this.#next() : this.#placeOf(String(header)));
    const byCanary = kept?.byCanary ?? false;
    const isCanary = (byCanary || place < below) && (!probation || probation.admits(place, byCanary));
    const variant = isCanary ? 'canary' : 'live';
    if (this.#header !== undefined) return { variant, place, cookie: undefined, isNew: false };
    const hasCookie = kept !== undefined && (byCanary || variant === 'live');
    const isNew = kept === undefined;
    if (hasCookie) return { variant, place, cookie: undefined, isNew };
    const cookie = this.#cookie(variant, place, headers['x-forwarded-proto'] === 'https');
    return { variant, place, cookie, isNew };
  }

  #placeOf(client: string): number {
    const digest = hash('sha256', `${this.#salt}${client}`, 'hex');
    return toPlace(Number.parseInt(digest.slice(0, 8), 16));
  }

  #keptBy(cookies: string | undefined): Kept | undefined {
    if (cookies === undefined) return undefined;
    for (const value of valuesOf(cookies, cookieName)) {
      const kept = this.#kept.get(value);
      if (kept) return kept;
    }
    return undefined;
  }

  /**
   * The next place of a sequence that fills all places evenly, in any long or short part of it, and in every n-th of it: a
   * random number would miss a weight of 50 % by over half a percent in every third 10,000 requests.
   */
  #next(): number {
    this.#last = (this.#last + step) >>> 0;
    return toPlace(this.#last);
  }

  #cookie(variant: Variant, place: number, isSecure: boolean): string {
    const cookie = this.#cookies[variant][place] ?? '';
    return isSecure ? `${cookie}; Secure` : cookie;
  }
}

function toPlace(number: number): number {
  return Math.floor((number / range) * places);
}

function signature(secret: string, rollout: string, value: string): string {
  return createHmac('sha256', secret).update(`${rollout}\0${value}`).digest('base64url').slice(0, 22);
}

/** The values of the cookies of a name. It is asked for each request, so it makes nothing of the other cookies. */
export function valuesOf(cookies: string, name: string): string[] {
  const values: string[] = [];
  const begin = `${name}=`;
  for (let at = cookies.indexOf(begin); at !== -1; at = cookies.indexOf(begin, at + 1)) {
    const before = cookies[at - 1];
    if (before !== undefined && before !== ';' && before !== ' ' && before !== '\t') continue;
    const end = cookies.indexOf(';', at);
    values.push(cookies.slice(at + begin.length, end === -1 ? undefined : end).trim());
  }
  return values;
}
