import { createHmac, hash, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RouterConfig } from './config.js';

/** Where clients stand, from 0 to 999: the canary serves those below its weight in tenths of a percent. */
export const places = 1000;

/** 2^32 divided by the golden ratio. */
const step = 0x9e3779b9;
const range = 2 ** 32;

export interface Place {
  place: number;
  /** The `Set-Cookie` that lets the client keep its place; none where it has one. */
  cookie: string | undefined;
}

/** The cookie that keeps a client's place. */
export const cookieName = 'skill-variant';

const attributes = `; Path=/; Max-Age=${7 * 24 * 3600}; HttpOnly; SameSite=Lax`;

/**
 * Gives each client a place, which it keeps. It is in its cookie, or the hash of its header, and in no memory: so routers agree
 * without talking, and a client that the canary serves stays there while the weight grows.
 */
export class Places {
  readonly #header: string | undefined;
  readonly #salt: string;
  /** The cookie of each place, signed; there are so few that no request needs a signature to be computed. */
  readonly #cookies: readonly string[];
  readonly #placeOf: ReadonlyMap<string, number>;
  #last = randomInt(range);

  /** @param secret signs the cookies: without it nobody can choose a place */
  constructor({ rollout, stickyBy }: Pick<RouterConfig, 'rollout' | 'stickyBy'>, secret: string) {
    this.#header = stickyBy === 'cookie' ? undefined : stickyBy.header.toLowerCase();
    this.#salt = `${secret}\0${rollout}\0`;
    const signed = Array.from(
      { length: places },
      (_, place) => `${place}.${signature(secret, rollout, place)}`,
    );
    this.#cookies = signed.map((value) => `${cookieName}=${value}${attributes}`);
    this.#placeOf = new Map(signed.map((value, place) => [value, place]));
  }

  of({ headers }: IncomingMessage): Place {
    if (this.#header !== undefined)
      return { place: this.#byHeader(headers[this.#header]), cookie: undefined };
    const kept = this.#kept(headers.cookie);
    if (kept !== undefined) return { place: kept, cookie: undefined };
    const place = this.#next();
    return { place, cookie: this.#cookie(place, headers['x-forwarded-proto'] === 'https') };
  }

  #byHeader(value: string | string[] | undefined): number {
    if (value === undefined) return this.#next();
    const digest = hash('sha256', `${this.#salt}${String(value)}`, 'hex');
    return toPlace(Number.parseInt(digest.slice(0, 8), 16));
  }

  #kept(cookies: string | undefined): number | undefined {
    if (cookies === undefined || !cookies.includes(cookieName)) return undefined;
    for (const value of valuesOf(cookies, cookieName)) {
      const place = this.#placeOf.get(value);
      if (place !== undefined) return place;
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

  #cookie(place: number, isSecure: boolean): string {
    const cookie = this.#cookies[place] ?? '';
    return isSecure ? `${cookie}; Secure` : cookie;
  }
}

function toPlace(number: number): number {
  return Math.floor((number / range) * places);
}

function signature(secret: string, rollout: string, place: number): string {
  return createHmac('sha256', secret).update(`${rollout}\0${place}`).digest('base64url').slice(0, 22);
}

/** The values of the cookies of a name. */
export function valuesOf(cookies: string, name: string): string[] {
  return cookies.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
