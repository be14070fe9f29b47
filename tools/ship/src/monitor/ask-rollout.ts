import { type App, rolloutEvent, rolloutOf, steerRollout } from '@odoobo/app-platform';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import { rolloutStatus } from '../records/rollout-status.js';
import { describeError } from '../terminal/describe-error.js';
import type { AppRollout } from './report.js';

/**
 * Asks the routers of an app how far its rollout is, once.
 * @param timeoutMs longest time, in milliseconds
 * @returns undefined if none is live
 * @throws the signal's reason when it is aborted; never because routers do not answer
 */
export async function askRollout(
  app: App,
  secretOf: (rollout: string) => string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AppRollout | undefined> {
  const id = rolloutOf(app)?.rollout;
  if (id === undefined) return undefined;
  const deadline = startDeadline(systemClock, timeoutMs, signal);
  try {
    const state = rolloutEvent(await steerRollout(app, secretOf, undefined, deadline.signal));
    return { id, state: rolloutStatus(state) };
  } catch (error) {
    signal.throwIfAborted();
    return { id, trouble: describeError(error) };
  } finally {
    deadline.clear();
  }
}
