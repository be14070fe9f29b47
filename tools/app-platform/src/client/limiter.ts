import { abortable, systemClock, type Clock } from '../clock.js';

/** What a reply says about the quota. */
export interface Quota {
  /** Calls left in the hour. */
  remaining?: number;
  /** When the oldest call of the hour expires, in milliseconds since the epoch. */
  resetAt?: number;
}

export interface RateLimiterOptions {
  clock?: Clock;
  perMinute?: number;
  perHour?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * Lets calls through one after the other, in the order they came, as fast as the platform allows:
 * 250 a minute and 5,000 an hour for each token (https://docs.digitalocean.com/reference/api/intro/#rate-limit).
 * One limiter is shared by all that use one token in a process; what other processes use up is learnt from replies.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows: { milliseconds: number; limit: number }[];
  /** When calls were let through, oldest first. */
  readonly #calls: number[] = [];
  #pausedUntil = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor({ clock = systemClock, perMinute = 250, perHour = 5000 }: RateLimiterOptions = {}) {
    this.#clock = clock;
    this.#windows = [
      { milliseconds: MINUTE_MS, limit: perMinute },
      { milliseconds: HOUR_MS, limit: perHour },
    ];
  }

  /** Resolves when a call may go out. An aborted caller leaves the queue at once. */
  acquire(signal?: AbortSignal): Promise<void> {
    const turn = this.#tail.then(() => this.#takeSlot(signal));
    this.#tail = turn.catch(() => undefined);
    return abortable(turn, signal);
  }

  /** No call goes out before that time, in milliseconds since the epoch. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** Takes note of the quota that a reply tells. */
  observe({ remaining, resetAt }: Quota): void {
    if (remaining === 0 && resetAt !== undefined) this.pauseUntil(resetAt);
  }

  async #takeSlot(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    for (let wait = this.#waitTime(); wait > 0; wait = this.#waitTime())
      await this.#clock.sleep(wait, signal);
    this.#calls.push(this.#clock.now());
  }

  #waitTime(): number {
    const now = this.#clock.now();
    while ((this.#calls[0] ?? now) <= now - HOUR_MS) this.#calls.shift();
    const waits = this.#windows.map(({ milliseconds, limit }) => {
      // The call that must have left the window before the next one fits.
      const blocking = this.#calls.at(-limit);
      return this.#calls.length < limit || blocking === undefined ? 0 : blocking + milliseconds - now;
    });
    return Math.max(this.#pausedUntil - now, ...waits);
  }
}
