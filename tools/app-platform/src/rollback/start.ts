import { AppPlatformError } from '../client/errors.js';
import { ownCauseCodes } from '../deploy/events.js';
import { underWay } from '../deploy/plan.js';
import type { Run } from '../deploy/run.js';
import type { Deployment, RollbackValidation } from '../spec/index.js';

/** Where a rollback starts from, and where it goes. */
export interface RollbackWrite {
  appId: string;
  /** The deployment that is newest as far as is known: another one is the rollback's. */
  newest: string | undefined;
  /** The id of the deployment that is rolled back to. */
  to: string;
  /** False pins the app. */
  skipPin: boolean;
}

/** Why the platform would not roll back, in its own words; none when it would. */
export function refusalOf(validation: RollbackValidation): { code: string; message: string } | undefined {
  const { valid, error } = validation;
  if (valid) return undefined;
  return {
    code: error?.code ?? ownCauseCodes.invalidRollback,
    message: error?.message ?? 'the platform refuses it',
  };
}

/** Starts a rollback once: when the reply is lost, what it has started is taken up. */
export async function startRollback(
  run: Run,
  { appId, newest, to, skipPin }: RollbackWrite,
  signal: AbortSignal,
): Promise<Deployment> {
  const { client } = run.fleet;
  run.writeSent = true;
  try {
    return await client.rollback(appId, to, { skipPin, signal });
  } catch (error) {
    if (!(error instanceof AppPlatformError) || error.outcome !== 'unknown') throw error;
    const now = await client.getApp(appId, { signal });
    const begun = underWay(now) ?? now.active_deployment;
    if (begun && begun.id !== newest) return begun;
    return client.rollback(appId, to, { skipPin, signal });
  }
}
