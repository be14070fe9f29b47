import { backoff } from '../client/backoff.js';
import { AppPlatformError } from '../client/errors.js';
import { ownCauseCodes } from '../deploy/events.js';
import { overtakenBy } from '../deploy/overtaken.js';
import type { Run } from '../deploy/skill-run.js';
import { type Deployment, isTerminal, type RollbackValidation } from '../spec/index.js';

/** The target of a rollback. */
export interface RollbackWrite {
  appId: string;
  /** The id of the deployment that is rolled back to. */
  to: string;
  /** False pins the app. */
  skipPin: boolean;
}

/** A write is sent at most twice: again when its reply was lost and it had no effect. */
const maxWrites = 2;
const mostLooks = 3;
const firstLookMs = 200;

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
export async function startRollback(
  run: Run,
  { appId, to, skipPin }: RollbackWrite,
  signal: AbortSignal,
): Promise<Deployment> {
  const { client } = run.fleet;
  const before = new Set((await client.listDeployments(appId, { signal })).map(({ id }) => id));
  run.writeSent = true;
  for (let writes = 1; ; writes += 1) {
    try {
      return await client.rollback(appId, to, { skipPin, signal });
    } catch (error) {
      const isLost = error instanceof AppPlatformError && (error.outcome === 'unknown' || writes > 1);
      if (!isLost) throw error;
      const since = await deploymentsSince(run, { appId, before, to }, signal);
      const ours = since.findLast((one) => one.cloned_from === to);
      if (ours) return ours;
      const other = since.find(({ phase }) => phase === 'ACTIVE' || !isTerminal(phase));
      if (other) throw overtakenBy(run, other, { why: 'the rollback got no reply and had no effect' });
      if (writes === maxWrites) throw error;
    }
  }
}

/** Deployments created since, newest first. Reads a few times: the platform may still process a call whose reply was lost. */
async function deploymentsSince(
  { fleet: { client, clock } }: Run,
  { appId, before, to }: { appId: string; before: ReadonlySet<string>; to: string },
  signal: AbortSignal,
): Promise<Deployment[]> {
  for (let looks = 1; ; looks += 1) {
    await clock.sleep(backoff(looks, firstLookMs), signal);
    const since = (await client.listDeployments(appId, { signal })).filter(({ id }) => !before.has(id));
    if (looks === mostLooks || since.some((one) => one.cloned_from === to)) return since;
  }
}
