import { NotRunningError } from '@odoobo/ship/platform/connect';

/** For what works without the platform: the journal of this machine has all that happened on its local platform. */
export function unlessRunning(error: unknown): undefined {
  if (error instanceof NotRunningError) return undefined;
  throw error;
}
