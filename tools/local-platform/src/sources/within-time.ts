import { DeadlineError, withDeadline } from '@odoobo/machine/time';
import { DeploymentFailure } from '../deployments/failure.js';
import type { BuildRequest } from './source.js';

/** How long a build may take from the fetch to its end. App Platform has a limit as well and does not document it. */
export const longestBuildMs = 60 * 60_000;

/**
 * Runs a build under a signal that also aborts it at its deadline.
 * @throws DeploymentFailure then; what the work throws; the reason of the request's signal
 */
export async function withinTime<T>(
  ms: number,
  { component, signal }: BuildRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(ms, signal, work);
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof DeadlineError)) throw cause;
    const message = `"${component.name}" was not built: ${cause.message}.`;
    throw new DeploymentFailure('BuildJobTimeout', message, { cause });
  }
}
