import { type Clock, startDeadline, systemClock } from '@odoobo/machine/time';
import { imageTroubles, RegistryError } from './registry-error.js';

const tries = 5;
const firstWaitMs = 250;

export interface RetryOptions {
  /** Milliseconds for all attempts together. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  clock?: Clock;
}

/**
 * Retries a safe call after a temporary failure, after the delay that the registry requests, or an increasing one.
 * @throws RegistryError; or the signal's reason when it is aborted
 */
export async function retried<T>(
  what: string,
  { timeoutMs, signal, clock = systemClock }: RetryOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(clock, timeoutMs, signal);
  let last: unknown;
  try {
    for (let n = 1; ; n += 1) {
      try {
        return await work(deadline.signal);
      } catch (error) {
        deadline.signal.throwIfAborted();
        last = error;
        if (!(error instanceof RegistryError) || !error.again || n === tries) throw error;
        const waitMs = error.afterMs ?? Math.random() * firstWaitMs * 2 ** n;
        if (waitMs > timeoutMs) throw error;
        await clock.sleep(waitMs, deadline.signal);
      }
    }
  } catch (error) {
    if (error !== deadline.passed) throw error;
    throw new RegistryError(`${what}: ${deadline.passed.message}. Check the network, and deploy again`, {
      code: imageTroubles.unreachable,
      cause: last ?? error,
    });
  } finally {
    deadline.clear();
  }
}
