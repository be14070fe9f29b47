import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import type { Ending, SkillRun } from '../deploy/skill-run.js';
import { rollBack } from '../rollback/automatic.js';

/**
 * Rolls back a healthy app because its wave has not passed. An app that this run has created has nothing to go back to: it stays
 * live.
 */
export async function rollBackWithWave(
  run: SkillRun,
  own: Ending,
  wave: number,
  trouble: string,
): Promise<Ending> {
  const { known, verified } = run;
  if (!verified) return own;
  const message = `wave ${wave} has not passed: ${trouble}`;
  if (known.previousDeploymentId === undefined)
    return { ...own, note: `${message}. No version was live here before, so this one stays live` };
  return rollBack(
    run,
    verified.applied,
    new DeployFailure({ code: ownCauseCodes.wave, phase: 'ACTIVE', message }),
  );
}
