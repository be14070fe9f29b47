import { setTimeout as delay } from 'node:timers/promises';
import { describeExit, type Exit } from '../process/process-group.js';
import { probe } from './probe.js';

/** App Platform's `health_check`, with its defaults filled in. */
export interface HealthCheck {
  /** Without a path the check is a TCP connection. */
  path?: string;
  /** The path is asked for by HTTP/2 without TLS. */
  http2?: boolean;
  port: number;
  initialDelaySeconds: number;
  periodSeconds: number;
  timeoutSeconds: number;
  successThreshold: number;
  failureThreshold: number;
}

export type HealthOutcome =
  | { healthy: true }
  | {
      healthy: false;
      reason: 'DeployContainerHealthChecksFailed' | 'DeployContainerExitNonZero';
      message: string;
    };

export interface HealthWait {
  exited: Promise<Exit>;
  signal: AbortSignal;
}

/** Pause between the first probes; it grows to the period. */
const firstPauseMs = 20;

/**
 * Probes a service until it is healthy, has failed its check or has exited.
 *
 * Probes start at once and come often, so that a good service is live as soon as it answers. A failure counts
 * only at the pace of the spec, once a period after the initial delay: a bad service fails
 * `initialDelaySeconds + failureThreshold * periodSeconds` after its start, the time that Kubernetes documents
 * (https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/),
 * plus the time that the last probe takes. Where more than one success is asked for, those come a period apart.
 * @throws the reason of `signal` when that is aborted.
 */
export async function waitUntilHealthy(
  check: HealthCheck,
  { exited, signal }: HealthWait,
): Promise<HealthOutcome> {
  signal.throwIfAborted();
  const decided = new AbortController();
  try {
    return await Promise.race([
      exited.then(ended),
      probeUntilDecided(check, AbortSignal.any([signal, decided.signal])),
    ]);
  } finally {
    decided.abort();
  }
}

function ended(exit: Exit): HealthOutcome {
  const message = `The service ${describeExit(exit)} before it was healthy.`;
  return { healthy: false, reason: 'DeployContainerExitNonZero', message };
}

async function probeUntilDecided(check: HealthCheck, signal: AbortSignal): Promise<HealthOutcome> {
  const { successThreshold, failureThreshold } = check;
  const pace = new Pace(check);
  let successes = 0;
  let failures = 0;
  for (;;) {
    const { counts, timeoutMs } = pace.next();
    const problem = await probe(check, timeoutMs, signal);
    successes = problem === undefined ? successes + 1 : 0;
    if (successes >= successThreshold) return { healthy: true };
    if (successes > 0) failures = 0;
    else if (counts) failures++;
    if (problem !== undefined && failures >= failureThreshold) return failed(check, problem);
    await pace.wait(successes > 0, signal);
  }
}

function failed({ failureThreshold }: HealthCheck, problem: string): HealthOutcome {
  const checks = failureThreshold === 1 ? 'health check' : `${failureThreshold} health checks in a row`;
  const message = `The service failed its ${checks}; at the last, ${problem}.`;
  return { healthy: false, reason: 'DeployContainerHealthChecksFailed', message };
}

/** When the next probe is due, and whether its failure counts. */
class Pace {
  readonly #periodMs: number;
  readonly #timeoutMs: number;
  #countsFrom: number;
  #pauseMs = firstPauseMs;

  constructor(check: HealthCheck) {
    this.#periodMs = check.periodSeconds * 1000;
    this.#timeoutMs = check.timeoutSeconds * 1000;
    this.#countsFrom = performance.now() + check.initialDelaySeconds * 1000 + this.#periodMs;
  }

  next(): { counts: boolean; timeoutMs: number } {
    const untilCounted = this.#countsFrom - performance.now();
    // An early probe ends when a counted one is due: a service that hangs must not put off its own failure.
    if (untilCounted > 0)
      return { counts: false, timeoutMs: Math.min(this.#timeoutMs, Math.ceil(untilCounted)) };
    this.#countsFrom = Math.max(this.#countsFrom + this.#periodMs, performance.now());
    return { counts: true, timeoutMs: this.#timeoutMs };
  }

  async wait(aFullPeriod: boolean, signal: AbortSignal): Promise<void> {
    const untilCounted = Math.max(0, this.#countsFrom - performance.now());
    const pauseMs = aFullPeriod ? this.#periodMs : Math.min(this.#pauseMs, untilCounted);
    this.#pauseMs = Math.min(this.#pauseMs * 1.5, this.#periodMs);
    await delay(Math.ceil(pauseMs), undefined, { signal });
  }
}

/**
 * App Platform's `liveness_health_check`: resolves with a description of the problem once `failureThreshold` probes in a row
 * have failed. Probes come a period apart and begin after the initial delay.
 * @throws the reason of `signal`
 */
export async function untilUnhealthy(check: HealthCheck, signal: AbortSignal): Promise<string> {
  const { failureThreshold, timeoutSeconds, periodSeconds } = check;
  await delay(check.initialDelaySeconds * 1000, undefined, { signal });
  for (let failures = 0; ;) {
    const problem = await probe(check, timeoutSeconds * 1000, signal);
    failures = problem === undefined ? 0 : failures + 1;
    if (problem !== undefined && failures >= failureThreshold) {
      return `failed ${failures} liveness checks in a row; at the last, ${problem}`;
    }
    await delay(periodSeconds * 1000, undefined, { signal });
  }
}
