import { setTimeout as delay } from 'node:timers/promises';
import type { HealthCheck } from './health-check.js';
import { probe } from './probe.js';

/**
 * App Platform's `liveness_health_check`: resolves, with what is wrong in words, once `failureThreshold` probes in a row
 * have failed. They come a period apart and begin after the initial delay.
 * @throws the reason of `signal`
 */
export async function untilUnhealthy(check: HealthCheck, signal: AbortSignal): Promise<string> {
  const { failureThreshold, timeoutSeconds, periodSeconds } = check;
  await delay(check.initialDelaySeconds * 1000, undefined, { signal });
  for (let failures = 0; ;) {
    const problem = await probe(check, timeoutSeconds * 1000, signal);
    failures = problem === undefined ? 0 : failures + 1;
    if (problem !== undefined && failures >= failureThreshold) {
      return `failed ${failures} liveness checks in a row; at the last, ${problem}`;
    }
    await delay(periodSeconds * 1000, undefined, { signal });
  }
}
