import { randomUUID } from 'node:crypto';
import type { DeploymentRecord, Invocation } from '../state/app-record.js';

type Ended = Exclude<Invocation['phase'], 'PENDING' | 'RUNNING'>;

/** Announces a run of each of these jobs; an unfinished run of an earlier attempt is aborted. */
export function addInvocations(
  deployment: DeploymentRecord,
  jobs: readonly string[],
  now: string,
): DeploymentRecord {
  if (jobs.length === 0) return deployment;
  const added = jobs.map((job): Invocation => ({ id: randomUUID(), job, phase: 'PENDING', createdAt: now }));
  const settled = settleInvocations(deployment, now);
  return { ...settled, invocations: [...(settled.invocations ?? []), ...added] };
}

/** The run of a job that was announced last. */
export function startInvocation(deployment: DeploymentRecord, job: string, now: string): DeploymentRecord {
  return change(deployment, now, (one) =>
    one.job === job && one.phase === 'PENDING' ? { ...one, phase: 'RUNNING', startedAt: now } : one,
  );
}

/** Ends the run of a job that is announced or in progress. */
export function endInvocation(
  deployment: DeploymentRecord,
  job: string,
  phase: Ended,
  now: string,
): DeploymentRecord {
  return change(deployment, now, (one) => (one.job === job ? ended(one, phase, now) : one));
}

/** Ends every unfinished run as CANCELED, or with the given status. */
export function settleInvocations(
  deployment: DeploymentRecord,
  now: string,
  phase: Ended = 'CANCELED',
): DeploymentRecord {
  if (unfinishedJobs(deployment).length === 0) return deployment;
  return change(deployment, now, (one) => ended(one, phase, now));
}

/** The jobs of which a run is announced or in progress. */
export function unfinishedJobs({ invocations = [] }: DeploymentRecord): string[] {
  return invocations.filter(isUnfinished).map(({ job }) => job);
}

function change(
  deployment: DeploymentRecord,
  now: string,
  one: (invocation: Invocation) => Invocation,
): DeploymentRecord {
  return { ...deployment, invocations: (deployment.invocations ?? []).map(one), updatedAt: now };
}

function ended(invocation: Invocation, phase: Ended, now: string): Invocation {
  return isUnfinished(invocation) ? { ...invocation, phase, completedAt: now } : invocation;
}

function isUnfinished({ phase }: Invocation): boolean {
  return phase === 'PENDING' || phase === 'RUNNING';
}
