import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 50;

/** Tries until there is a result. @returns undefined after the deadline, in milliseconds */
export async function backoffUntil<T>(
  deadlineMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const since = performance.now(); performance.now() - since < deadlineMs; await delay(pauseMs)) {
    const found = await attempt();
    if (found !== undefined) return found;
  }
  return undefined;
}
