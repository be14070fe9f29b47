import type { IncomingHttpHeaders } from 'undici/types/header.js';
import type { Quota } from './limiter.js';

function numberOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** ratelimit-remaining (calls left in the hour) and ratelimit-reset (epoch seconds). */
export function quotaOf(headers: IncomingHttpHeaders): Quota {
  const remaining = numberOf(headers['ratelimit-remaining']);
  const reset = numberOf(headers['ratelimit-reset']);
  return {
    ...(remaining !== undefined && { remaining }),
    ...(reset !== undefined && { resetAt: reset * 1000 }),
  };
}

/**
 * How long the server asks the client to wait, in milliseconds: retry-after as seconds or as a date.
 * @param now milliseconds since the epoch
 */
export function retryAfterOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const value = headers['retry-after'];
  const seconds = numberOf(value);
  if (seconds !== undefined) return Math.max(0, seconds * 1000);
  const date = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
