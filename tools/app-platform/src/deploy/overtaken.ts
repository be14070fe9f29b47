import type { Deployment } from '../spec/index.js';
import { markOf } from '../versions/mark.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import type { Run } from './skill-run.js';

/** The failure when another deployer's deployment has replaced, or will replace, ours. */
export function overtakenBy(
  run: Run,
  other: Deployment,
  { why, phase }: { why: string; phase?: string | undefined },
): DeployFailure {
  const mark = markOf(other.spec);
  run.known.overtakenBy = { deploymentId: other.id, ...(mark && { mark }) };
  const standing = other.phase === 'ACTIVE' ? 'is live' : `is ${other.phase ?? 'under way'}`;
  return new DeployFailure({
    outcome: 'superseded',
    code: ownCauseCodes.overtaken,
    phase,
    message: `${why}: deployment ${describeDeployment(other)} ${standing}`,
  });
}

/** A deployment with what is known of its origin: `<id> (app spec updated, by ann from commit 1234567)`. */
export function describeDeployment({ id, cause, spec }: Deployment): string {
  const { by, commit } = markOf(spec) ?? {};
  const origin = [by && `by ${by}`, commit && `from commit ${commit.slice(0, 7)}`].filter(Boolean).join(' ');
  const details = [cause, origin].filter(Boolean).join(', ');
  return details === '' ? id : `${id} (${details})`;
}
