import type { Clock } from '@odoobo/machine/time';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A clock that runs `factor` times faster than real time.
 *
 * @param since when it shows real time, in milliseconds since the epoch; the same in every process of a measurement
 */
export function scaledClock(factor: number, since: number): Clock {
  return {
    now: () => since + (Date.now() - since) * factor,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      try {
        await delay(milliseconds / factor, undefined, signal && { signal });
      } catch (error) {
        // The timer wraps the reason in an error of its own.
        signal?.throwIfAborted();
        throw error;
      }
    },
  };
}
