import { type Clock, systemClock } from '@odoobo/machine/time';
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import { AppList } from './app-list.js';
import { type DeployEvent, type Happening, ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import { PendingWrites } from './pending-writes.js';
import { redactDeep } from './redact.js';
import type { Claim, Ending, Fleet, HealthHeaders, Run, SmokeTest } from './skill-run.js';
import { standing } from './stages.js';
import { Verifier } from './verify.js';
import { Watcher } from './watch.js';

export interface DeployDeps {
  client: AppPlatformClient;
  clock?: Clock;
  /** Aborting it ends the run at once; deployments in progress on the platform continue, and the results name them. */
  signal?: AbortSignal;
  /** Must not throw. */
  onEvent?: (event: DeployEvent) => void;
  /** Held while an app is read again and written. */
  claim?: Claim;
  /** The least milliseconds between two reads of the list of apps; default 2,000. `pollPause` computes the longest pause. */
  pollIntervalMs?: number;
  /** Milliseconds that a live service has to answer its health path; default 60,000. */
  verifyTimeoutMs?: number;
  /** How many deployments may be in progress at once; no limit by default. */
  maxAtOnce?: number | undefined;
  /** The percentage of the apps of a wave that may fail; if more do, no other app is begun. No limit by default. */
  maxFailedPercent?: number | undefined;
  /** The headers of each health check of a skill, such as the context of a trace; none by default. */
  healthHeaders?: HealthHeaders;
  /** Without it, a version passes when it is healthy. */
  smokeTest?: SmokeTest;
  /** Tests the canary of a rollout that wants it, at each step. */
  canaryTest?: SmokeTest;
  /** Applied to every text in events and results, after the secrets of the requests are removed from it. */
  redact?: (text: string) => string;
}

const writesAtOnce = 16;
const explainedAtOnce = 4;

/** Creates what the runs of `skills` skills share, passes it to `work`, and closes it. */
export async function withFleet<T>(
  deps: DeployDeps,
  skills: number,
  work: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const { client, clock = systemClock, claim, healthHeaders, smokeTest, canaryTest } = deps;
  const { pollIntervalMs = 2_000, verifyTimeoutMs = 60_000 } = deps;
  const signal = AbortSignal.any(deps.signal ? [deps.signal] : []);
  // Every wait of every skill adds a listener.
  setMaxListeners(0, signal);
  const ended = new AbortController();
  const writes = new PendingWrites(clock);
  const apps = new AppList({ client, clock, skills, pollIntervalMs, writes, ended: ended.signal });
  const watcher = new Watcher({ client, apps, clock, pollIntervalMs, writes });
  const verifier = new Verifier(clock, verifyTimeoutMs);
  const writing = pLimit(writesAtOnce);
  const explaining = pLimit(explainedAtOnce);
  try {
    return await work({
      client,
      clock,
      signal,
      claim,
      apps,
      watcher,
      verifier,
      healthHeaders,
      smokeTest,
      canaryTest,
      writes,
      writing,
      explaining,
    });
  } finally {
    ended.abort();
  }
}

/**
 * The ending of a run, whatever it throws.
 * @param runOf the run, asked when it has thrown
 */
export async function endingOf(runOf: () => Run, work: () => Promise<Ending>): Promise<Ending> {
  try {
    return await work();
  } catch (error) {
    const run = runOf();
    return run.fleet.signal.aborted ? interrupted(run) : failed(error);
  }
}

function failed(error: unknown): Ending {
  if (error instanceof DeployFailure) return { outcome: error.outcome, cause: error.details };
  const code = error instanceof AppPlatformError ? error.id : ownCauseCodes.unexpected;
  const message = error instanceof Error ? error.message : String(error);
  return { outcome: 'failed', cause: { code, message, logTail: [] } };
}

function interrupted(run: Run): Ending {
  const message = `stopped: ${standing(run)}`;
  return { outcome: 'interrupted', cause: { code: ownCauseCodes.interrupted, message, logTail: [] } };
}

/** Emits the events of skills, without secrets. */
export function emitter(
  { onEvent }: DeployDeps,
  clock: Clock,
  redact: (text: string) => string,
): (skill: string, happening: Happening) => void {
  return (skill, happening) => {
    const at = new Date(clock.now()).toISOString();
    onEvent?.(redactDeep({ ...happening, at, skill }, redact));
  };
}
