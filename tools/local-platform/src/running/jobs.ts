import { withDeadline } from '@odoobo/machine/time';
import { ComponentFailure, DeploymentFailure, toFailure } from '../deployments/failure.js';
import { endInvocation, settleInvocations, startInvocation } from '../deployments/invocations.js';
import { finishWaiting, startDeploying, startWaiting } from '../deployments/phases.js';
import { describeExit, type Exit } from '../process/process-group.js';
import type { DeploymentRecord } from '../state/app-record.js';
import { aborted } from './aborted.js';
import type { ComponentRun } from './component-run.js';
import { jobTimeoutMsOf } from './component-spec.js';
import { InstanceRun } from './instance-run.js';
import type { JobRuns } from './job-runs.js';
import { failureOf, withinMemory } from './ready.js';

type Change = (deployment: DeploymentRecord, now: string) => DeploymentRecord;
/** Writes a change into the deployment's record. */
type Write = (change: Change) => Promise<void>;

/**
 * Runs jobs whose runs are announced, one after the other in the order of the spec, until one fails: the rest is SKIPPED.
 * @throws ComponentFailure of the one that failed; the reason of `signal`
 */
export async function runJobsInTurn(
  jobs: readonly ComponentRun[],
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  for (const job of jobs) {
    const failure = await runJob(job, write, signal);
    if (!failure) continue;
    await write((deployment, now) => settleInvocations(deployment, now, 'SKIPPED'));
    throw new ComponentFailure(job.name, failure);
  }
}

/**
 * Runs jobs after a deployment is over. The result of one affects neither the next nor the deployment, as on App Platform: a
 * release is not undone because of a job that follows it.
 * @throws the reason of `signal`
 */
export async function runJobsAfterwards(
  jobs: readonly ComponentRun[],
  write: Write,
  runs: JobRuns,
  signal: AbortSignal,
): Promise<void> {
  for (const job of jobs) {
    const of = { deployment: job.deployment.id, job: job.name };
    const failure = await runs.run(of, signal, (within) => runJob(job, write, signal, within));
    if (failure) await job.log.write('DEPLOY', `${failure.code}: ${failure.message}`);
  }
}

/**
 * One run of a job. Its failure is returned, also that it was cancelled alone: by `within`.
 * @throws the reason of `signal` when the job is aborted. The cancelled or superseded deployment then settles its run. If the
 * platform stops instead, the next one announces the run again.
 */
async function runJob(
  job: ComponentRun,
  write: Write,
  signal: AbortSignal,
  within = signal,
): Promise<DeploymentFailure | undefined> {
  signal.throwIfAborted();
  const instance = new InstanceRun(job, 0);
  try {
    await write((one, now) => startDeploying(startInvocation(one, job.name, now), job.name, now));
    const failure = await outcomeOf(instance, within, () =>
      write((one, now) => startWaiting(one, now, job.name)),
    );
    signal.throwIfAborted();
    await write((one, now) => ended(one, job, failure, now));
    return failure;
  } finally {
    await instance.stop();
  }
}

/** Runs a job to its end. @returns why it failed */
export async function outcomeOf(
  instance: InstanceRun,
  signal: AbortSignal,
  onStarted: () => Promise<void> = async () => undefined,
): Promise<DeploymentFailure | undefined> {
  return endOf(instance, signal, onStarted).catch((error: unknown) => toFailure(error).failure);
}

async function endOf(
  instance: InstanceRun,
  signal: AbortSignal,
  onStarted: () => Promise<void>,
): Promise<DeploymentFailure | undefined> {
  await instance.start();
  await onStarted();
  const exit = await withinMemory(instance, signal, (within) => exitOf(instance, within));
  if (exit?.code === 0) return undefined;
  const minutes = jobTimeoutMsOf(instance.component.component) / 60_000;
  const what = exit ? describeExit(exit) : `did not end within ${minutes} minutes, its timeout`;
  const message = `The job ${what}.`;
  return failureOf(instance.component, 'DeployContainerExitNonZero', message, exit);
}

/** Undefined when it does not end in time. @throws the reason of `signal` */
async function exitOf(instance: InstanceRun, signal: AbortSignal): Promise<Exit | undefined> {
  return withDeadline(jobTimeoutMsOf(instance.component.component), signal, async (within) => {
    const exit = await Promise.race([instance.group?.exited, aborted(within)]);
    signal.throwIfAborted();
    return exit;
  });
}

function ended(
  deployment: DeploymentRecord,
  { name, redact }: ComponentRun,
  failure: DeploymentFailure | undefined,
  now: string,
): DeploymentRecord {
  const reason = failure && { code: failure.code, message: redact(failure.message) };
  const settled = endInvocation(deployment, name, failure ? 'FAILED' : 'SUCCEEDED', now);
  return finishWaiting(settled, name, now, reason);
}
