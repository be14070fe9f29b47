import { setTimeout as delay } from 'node:timers/promises';

/** Polls until a condition holds. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    const waitedMs = performance.now() - start;
    if (waitedMs > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    // Polls less often after a long wait: some conditions list all processes.
    await delay(Math.min(250, Math.max(50, waitedMs / 10)));
  }
}
