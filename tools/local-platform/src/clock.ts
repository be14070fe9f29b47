import { setTimeout as delay } from 'node:timers/promises';

/** Time as data: a benchmark lets it pass faster. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    signal?.throwIfAborted();
    try {
      await delay(milliseconds, undefined, signal && { signal });
    } catch (error) {
      // The timer wraps the reason in an error of its own.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
