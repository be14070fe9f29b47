import { setTimeout as delay } from 'node:timers/promises';

/** How long the process that serves the addresses may take to say that it has understood, where it runs at all. */
const answerMs = 2_000;

/**
 * Resolves when `answer` resolves or fails, or after 2 s: ending does not wait longer for an address that cannot be reached,
 * because nothing is in progress through it either.
 */
export async function inTime(answer: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const late = delay(answerMs, undefined, { signal: over.signal });
  await Promise.race([answer, late]).catch(() => undefined);
  late.catch(() => undefined);
  over.abort();
}
