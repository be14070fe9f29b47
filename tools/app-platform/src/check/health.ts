import { type Clock, startDeadline, systemClock } from '@odoobo/machine/time';
import * as z from 'zod';
import { backoff } from '../client/backoff.js';
import type { LiveService, Reply } from './live-service.js';

const firstWaitMs = 100;
const longestWaitMs = 5_000;
const tryTimeoutMs = 10_000;

export interface HealthCheck {
  healthPath: string;
  /** The artefact that should answer; a service that reports another digest is not the one that was deployed. */
  digest?: string | undefined;
  /** Milliseconds until a service that is not healthy counts as unhealthy. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  clock?: Clock;
  /** Called once with the problem, when the first try failed and others follow. */
  onTrouble?: (trouble: string) => void;
}

/** How a check of a service's health ended. */
export interface HealthReport {
  healthy: boolean;
  url: string;
  attempts: number;
  /** The problem of the last attempt; none when the service is healthy. */
  trouble?: string;
  /** The reply to the last attempt, if there was one. */
  reply?: Reply;
}

/** The service to ask: directly, or through the queue of the verifier. */
type Askable = Pick<LiveService, 'at' | 'ask'>;

type Attempt = Pick<HealthReport, 'trouble' | 'reply'>;

/** GETs the health path once. @throws the signal's reason when it is aborted; never because the service is not healthy */
export async function askHealth(
  service: Askable,
  check: Pick<HealthCheck, 'healthPath' | 'digest' | 'timeoutMs' | 'signal'>,
): Promise<HealthReport> {
  const found = await attempt(service, check, check.signal);
  return {
    healthy: found.trouble === undefined,
    url: service.at(check.healthPath),
    attempts: 1,
    ...found,
  };
}

/**
 * GETs the health path until it answers 200, waiting longer each time, with jitter.
 * @throws the signal's reason when it is aborted; never because the service is not healthy
 */
export async function checkHealth(service: Askable, check: HealthCheck): Promise<HealthReport> {
  const { clock = systemClock, timeoutMs, signal } = check;
  const deadline = startDeadline(clock, timeoutMs, signal);
  const url = service.at(check.healthPath);
  let last: Attempt = { trouble: `no answer within ${timeoutMs / 1000} s` };
  let attempts = 0;
  try {
    for (;;) {
      attempts += 1;
      last = await attempt(service, check, deadline.signal);
      if (last.trouble === undefined) return { healthy: true, url, attempts, ...last };
      if (attempts === 1) check.onTrouble?.(last.trouble);
      await clock.sleep(backoff(attempts, firstWaitMs, longestWaitMs), deadline.signal);
    }
  } catch (error) {
    if (error !== deadline.passed) throw error;
    return { healthy: false, url, attempts, ...last };
  } finally {
    deadline.clear();
  }
}

async function attempt(
  service: Askable,
  check: Pick<HealthCheck, 'healthPath' | 'digest' | 'timeoutMs'>,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const withinMs = Math.min(tryTimeoutMs, check.timeoutMs);
  try {
    const reply = await service.ask({ path: check.healthPath, withinMs, signal });
    const trouble = troubleOf(reply, check.digest);
    return trouble === undefined ? { reply } : { reply, trouble };
  } catch (error) {
    signal?.throwIfAborted();
    return { trouble: (error as Error).message };
  }
}

function troubleOf({ status, body }: Reply, digest: string | undefined): string | undefined {
  if (status !== 200) return `it answered ${status}`;
  const answers = digestIn(body);
  const other = digest !== undefined && answers !== undefined && answers !== digest;
  return other ? `${artefact(answers)} is serving, not ${digest}` : undefined;
}

/** Any other text that a service reports instead is not repeated: it could be long, or a secret. */
function artefact(digest: string): string {
  return /^sha256:[0-9a-z]{1,64}$/.test(digest) ? `artefact ${digest}` : 'an artefact without a digest';
}

/** The reply of a health check; only the digest is read. */
const healthSchema = z.looseObject({ digest: z.string() });

function digestIn(body: string): string | undefined {
  try {
    return healthSchema.safeParse(JSON.parse(body)).data?.digest;
  } catch {
    return undefined;
  }
}
