import type { Clock } from '@odoobo/machine/time';

/** How many calls a token may make. */
export interface RateLimit {
  perMinute: number;
  perHour: number;
}

/** Those of the real service (https://docs.digitalocean.com/reference/api/intro/#rate-limit). */
export const appPlatformRateLimit: RateLimit = { perMinute: 250, perHour: 5000 };

/** The headers that report the limit to a client. */
type RateHeaders = Record<string, number>;

/** Knows how many calls the token has left. */
export interface CallCounter {
  /** What a response reports of the limit. */
  headers(): RateHeaders;
  /** Counts a call, or refuses it. */
  take(): { refused: boolean; headers: RateHeaders };
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

/**
 * Counts calls as App Platform does: each counts for an hour from its arrival, with at most `perMinute` in any minute. Only a
 * refusal for the minute's burst says when to retry (`retry-after`). Refused calls do not count.
 */
export class SlidingCounter implements CallCounter {
  /** When the calls of the last hour came, oldest first. */
  readonly #calls: number[] = [];

  constructor(
    private readonly limit: RateLimit,
    private readonly clock: Clock,
  ) {}

  headers(): RateHeaders {
    const now = this.clock.now();
    while ((this.#calls[0] ?? now) <= now - hourMs) this.#calls.shift();
    return {
      'ratelimit-limit': this.limit.perHour,
      'ratelimit-remaining': this.limit.perHour - this.#calls.length,
      'ratelimit-reset': Math.ceil(((this.#calls[0] ?? now) + hourMs) / 1000),
    };
  }

  take(): { refused: boolean; headers: RateHeaders } {
    const before = this.headers();
    const now = this.clock.now();
    // The call that must be older than a minute before the next one fits.
    const blocking = this.#calls.at(-this.limit.perMinute) ?? -Infinity;
    const isBurst = this.#calls.length >= this.limit.perMinute && blocking > now - minuteMs;
    if (isBurst) {
      const seconds = Math.ceil((blocking + minuteMs - now) / 1000);
      return { refused: true, headers: { ...before, 'retry-after': seconds } };
    }
    if (before['ratelimit-remaining'] === 0) return { refused: true, headers: before };
    this.#calls.push(now);
    return { refused: false, headers: this.headers() };
  }
}

/** No limit: a local server needs none. The headers are sent anyway. */
export function noLimit(clock: Clock): CallCounter {
  const headers = () => ({
    'ratelimit-limit': appPlatformRateLimit.perHour,
    'ratelimit-remaining': appPlatformRateLimit.perHour - 1,
    'ratelimit-reset': Math.floor((clock.now() + hourMs) / 1000),
  });
  return { headers, take: () => ({ refused: false, headers: headers() }) };
}
