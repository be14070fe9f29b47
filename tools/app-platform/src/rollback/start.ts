import { ownCauseCodes } from '../deploy/events.js';
import type { Run } from '../deploy/skill-run.js';
import { startOnce } from '../deploy/start-once.js';
import type { Deployment, RollbackValidation } from '../spec/index.js';

/** The target of a rollback. */
export interface RollbackWrite {
  appId: string;
  /** The id of the deployment that is rolled back to. */
  to: string;
  /** False pins the app. */
  skipPin: boolean;
}

/** Why the platform would refuse the rollback, in its own words; undefined if it would not. */
export function refusalOf(validation: RollbackValidation): { code: string; message: string } | undefined {
  const { valid, error } = validation;
  if (valid) return undefined;
  return {
    code: error?.code ?? ownCauseCodes.invalidRollback,
    message: error?.message ?? 'the platform refuses it',
  };
}

/**
 * Starts a rollback once: when the reply is lost, follows the deployment that the call has started.
 * @throws DeployFailure when it had no effect and someone else has deployed meanwhile; AppPlatformError
 */
export function startRollback(
  run: Run,
  { appId, to, skipPin }: RollbackWrite,
  signal: AbortSignal,
): Promise<Deployment> {
  const start = {
    appId,
    what: 'the rollback',
    send: () => run.fleet.client.rollback(appId, to, { skipPin, signal }),
    isOurs: ({ cloned_from }: Deployment) => cloned_from === to,
  };
  return startOnce(run, start, signal);
}
