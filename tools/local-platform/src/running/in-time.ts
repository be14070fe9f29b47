import { setTimeout as delay } from 'node:timers/promises';

/** How long the process that serves the addresses may take to say that it has understood, where it runs at all. */
const answerMs = 2_000;

/**
 * Resolves when `told` has or fails, or after 2 s: what is to end does not wait longer for an address that cannot be reached,
 * through which nothing is under way either.
 */
export async function inTime(told: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = delay(answerMs, undefined, { signal: over.signal });
  await Promise.race([told, late]).catch(() => undefined);
  late.catch(() => undefined);
  over.abort();
}
