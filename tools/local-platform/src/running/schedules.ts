import { type Job, nextTime } from '@odoobo/app-platform/spec';
import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import { addScheduled, endRun } from '../deployments/invocations.js';
import type { DeploymentRecord } from '../state/app-record.js';
import type { ComponentRun } from './component-run.js';
import { InstanceRun } from './instance-run.js';
import type { JobRuns } from './job-runs.js';
import { outcomeOf } from './jobs.js';

/** What the schedules of a deployment have in common. */
export interface Scheduling {
  /** Writes a change into the deployment's record. */
  write(change: (deployment: DeploymentRecord, now: string) => DeploymentRecord): Promise<void>;
  clock: Clock;
  runs: JobRuns;
}

/** The clock of the machine may be set, and a laptop may sleep: it is looked at again that often. */
const longestSleepMs = 30_000;

/**
 * Runs SCHEDULED jobs at their times until the signal is aborted, which ends what is in progress. A time at which the run before is
 * in progress is SKIPPED, and one at which the platform does not run is missed.
 * @throws the reason of `signal`
 */
export async function runSchedules(
  jobs: readonly ComponentRun[],
  scheduling: Scheduling,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(jobs.map((job) => runSchedule(job, scheduling, signal)));
}

async function runSchedule(job: ComponentRun, scheduling: Scheduling, signal: AbortSignal): Promise<void> {
  const { write, clock, runs } = scheduling;
  const { schedule } = job.component.spec as Job;
  if (schedule === undefined) return;
  const next = (): Date | undefined =>
    nextTime(schedule.cron, schedule.time_zone ?? 'UTC', new Date(clock.now()));
  const runOnce = (one: ComponentRun) =>
    runs.run({ deployment: one.deployment.id, job: one.name }, signal, (within) =>
      runToItsEnd(one, write, within),
    );
  let running: Promise<void> | undefined;
  try {
    for (let at = next(); at !== undefined; at = next()) {
      await sleepUntil(at.getTime(), clock, signal);
      if (running) await write((one, now) => addScheduled(one, { ...runOf(job), phase: 'SKIPPED' }, now));
      else running = runOnce(job).finally(() => (running = undefined));
    }
  } finally {
    await running;
  }
}

async function runToItsEnd(
  job: ComponentRun,
  write: Scheduling['write'],
  signal: AbortSignal,
): Promise<void> {
  const run = runOf(job);
  const instance = new InstanceRun(job, 0);
  try {
    await write((one, now) => addScheduled(one, { ...run, phase: 'RUNNING' }, now));
    const failure = await outcomeOf(instance, signal);
    if (failure && !signal.aborted) await job.log.write('RUN', `${failure.code}: ${failure.message}`);
    const phase = signal.aborted ? 'CANCELED' : failure ? 'FAILED' : 'SUCCEEDED';
    await write((one, now) => endRun(one, run.id, phase, now));
  } catch (error) {
    job.runtime.warn(`The job "${job.name}" could not be run by its schedule: ${(error as Error).message}`);
  } finally {
    await instance.stop();
  }
}

function runOf({ name }: ComponentRun): { id: string; job: string } {
  return { id: randomUUID(), job: name };
}

async function sleepUntil(at: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let left = at - clock.now(); left > 0; left = at - clock.now())
    await clock.sleep(Math.min(left, longestSleepMs), signal);
}
