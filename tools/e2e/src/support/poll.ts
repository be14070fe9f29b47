import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds, looking again and again. */
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
    // What takes long is looked at less often: some looks list all processes.
    await delay(Math.min(250, Math.max(50, waitedMs / 10)));
  }
}
