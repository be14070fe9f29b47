import { type Clock, systemClock } from '@odoobo/machine/time';

/** The quota as a reply reports it. */
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

/** Writes go first: a read waits as long as writes are waiting. */
export type CallKind = 'write' | 'read';

/** Reports to the limiter that the call has ended. Safe to repeat. */
export type CallEnded = () => void;

interface Caller {
  admit(): void;
}

/** What the platform allows a token. */
export const callsAMinute = 250;
const callsAnHour = 5_000;

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** While both writes and reads wait, one call in 20 is a read, so that the end of running deployments is still seen. */
const readShare = 20;

/**
 * Lets calls through as fast as the platform allows: 250 a minute and 5,000 an hour for each token
 * (https://docs.digitalocean.com/reference/api/intro/#rate-limit). Writes go before reads; calls of one kind in the order
 * they came. A call counts until a minute (an hour) after its end: the platform counts from its arrival, and the client
 * learns of that only from the answer.
 * All users of a token in one process share a limiter; it learns from replies what other processes have used up.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #windows: { milliseconds: number; limit: number }[];
  readonly #waiting: Record<CallKind, Set<Caller>> = { write: new Set(), read: new Set() };
  #underWay = 0;
  /** When calls ended, oldest first. */
  readonly #ended: number[] = [];
  #pausedUntil = 0;
  #writesInARow = 0;
  /** Runs while a caller waits for a known time. */
  #alarm: AbortController | undefined;

  constructor({
    clock = systemClock,
    perMinute = callsAMinute,
    perHour = callsAnHour,
  }: RateLimiterOptions = {}) {
    this.#clock = clock;
    this.#windows = [
      { milliseconds: minuteMs, limit: perMinute },
      { milliseconds: hourMs, limit: perHour },
    ];
  }

  /**
   * Resolves when a call may be sent; the caller must call the result when that call has ended, in any way.
   * An aborted caller leaves the queue at once, with the signal's reason.
   */
  async acquire(kind: CallKind, signal?: AbortSignal): Promise<CallEnded> {
    signal?.throwIfAborted();
    const queue = this.#waiting[kind];
    let leave = (): void => undefined;
    try {
      await new Promise<void>((admit, reject) => {
        const caller = { admit };
        queue.add(caller);
        leave = () => {
          queue.delete(caller);
          reject(signal?.reason as Error);
          this.#letThrough();
        };
        signal?.addEventListener('abort', leave, { once: true });
        this.#letThrough();
      });
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    return this.#end();
  }

  /** No call is sent before that time, in milliseconds since the epoch. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  /** Records the quota that a reply reports. */
  observe({ remaining, resetAt }: Quota): void {
    if (remaining === 0 && resetAt !== undefined) this.pauseUntil(resetAt);
  }

  #end(): CallEnded {
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#underWay -= 1;
      this.#ended.push(this.#clock.now());
      this.#letThrough();
    };
  }

  /** Admits all callers that may send now, and sets the alarm for the next one. */
  #letThrough(): void {
    for (let caller = this.#next(); caller; caller = this.#next()) {
      const wait = this.#waitTime();
      if (wait > 0) return this.#wakeAfter(wait);
      this.#admit(caller);
    }
    this.#alarm?.abort();
    this.#alarm = undefined;
  }

  #next(): [CallKind, Caller] | undefined {
    const [[write], [read]] = [this.#waiting.write, this.#waiting.read];
    if (read && (!write || this.#writesInARow >= readShare - 1)) return ['read', read];
    return write && ['write', write];
  }

  #admit([kind, caller]: [CallKind, Caller]): void {
    this.#waiting[kind].delete(caller);
    this.#writesInARow = kind === 'write' ? this.#writesInARow + 1 : 0;
    this.#underWay += 1;
    caller.admit();
  }

  /** Infinity: wait for the end of a call in progress, which checks again. */
  #wakeAfter(milliseconds: number): void {
    if (this.#alarm || milliseconds === Infinity) return;
    const alarm = (this.#alarm = new AbortController());
    this.#clock.sleep(milliseconds, alarm.signal).then(
      () => {
        this.#alarm = undefined;
        this.#letThrough();
      },
      // No caller waits any more.
      () => undefined,
    );
  }

  #waitTime(): number {
    const now = this.#clock.now();
    while ((this.#ended[0] ?? now) <= now - hourMs) this.#ended.shift();
    const waits = this.#windows.map(({ milliseconds, limit }) => {
      const free = limit - this.#underWay;
      if (this.#ended.length < free) return 0;
      // The call that must leave the window before the next one fits.
      const blocking = free > 0 ? this.#ended.at(-free) : undefined;
      return blocking === undefined ? Infinity : blocking + milliseconds - now;
    });
    return Math.max(this.#pausedUntil - now, ...waits);
  }
}
