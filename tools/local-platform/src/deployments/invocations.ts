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

/** How many runs by its schedule are kept of a job, besides the newest. */
const keptScheduled = 100;

/** Records a run of a job by its schedule. Older ones are forgotten. */
export function addScheduled(
  deployment: DeploymentRecord,
  run: Pick<Invocation, 'id' | 'job' | 'phase'>,
  now: string,
): DeploymentRecord {
  const { invocations = [] } = deployment;
  const earlier = invocations.filter((one) => one.scheduled && one.job === run.job);
  const old = new Set(earlier.slice(0, Math.max(0, earlier.length - keptScheduled)));
  const times = run.phase === 'RUNNING' ? { startedAt: now } : { completedAt: now };
  const added = { ...run, createdAt: now, ...times, scheduled: true };
  return {
    ...deployment,
    invocations: [...invocations.filter((one) => !old.has(one)), added],
    updatedAt: now,
  };
}

/** Ends one run of a job, unless it has ended. */
export function endRun(
  deployment: DeploymentRecord,
  id: string,
  phase: Ended,
  now: string,
): DeploymentRecord {
  return change(deployment, now, (one) => (one.id === id ? ended(one, phase, now) : one));
}

/** Ends the runs by schedules that a killed server left. */
export function settleScheduled(deployment: DeploymentRecord, now: string): DeploymentRecord {
  const left = deployment.invocations?.some((one) => one.scheduled && isUnfinished(one));
  return left
    ? change(deployment, now, (one) => (one.scheduled ? ended(one, 'CANCELED', now) : one))
    : deployment;
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
  if (!deployment.invocations?.some(isUnfinished)) return deployment;
  return change(deployment, now, (one) => ended(one, phase, now));
}

/** The jobs of which a run that belongs to the deployment is announced or in progress. */
export function unfinishedJobs({ invocations = [] }: DeploymentRecord): string[] {
  return invocations.filter((one) => isUnfinished(one) && !one.scheduled).map(({ job }) => job);
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
