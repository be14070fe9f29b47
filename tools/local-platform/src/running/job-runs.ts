import { DeploymentFailure } from '../deployments/failure.js';

/** A job of a deployment, of which one run is in progress at most. */
export interface JobOfDeployment {
  deployment: string;
  job: string;
}

/** The runs of jobs that outlive the rollout of their deployment: each can be cancelled alone. */
export class JobRuns {
  readonly #inProgress = new Map<string, AbortController>();

  /** Runs `work` with a signal that is aborted with `signal`, or when this run is cancelled. */
  async run<T>(
    of: JobOfDeployment,
    signal: AbortSignal,
    work: (within: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const own = new AbortController();
    this.#inProgress.set(keyOf(of), own);
    try {
      return await work(AbortSignal.any([signal, own.signal]));
    } finally {
      this.#inProgress.delete(keyOf(of));
    }
  }

  /** Ends the run in progress, within its grace period. Does nothing where there is none. */
  cancel(of: JobOfDeployment): void {
    const why = new DeploymentFailure('DeployContainerExitNonZero', 'The run of the job was cancelled.');
    this.#inProgress.get(keyOf(of))?.abort(why);
  }
}

function keyOf({ deployment, job }: JobOfDeployment): string {
  return `${deployment}/${job}`;
}
