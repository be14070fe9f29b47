import { backoff } from '../client/backoff.js';
import { AppPlatformError } from '../client/errors.js';
import { type Deployment, isTerminal } from '../spec/index.js';
import { overtakenBy } from './overtaken.js';
import type { Run } from './skill-run.js';

/** A call that starts a deployment. */
export interface Start {
  appId: string;
  /** As the subject of a sentence: `the rollback`. */
  what: string;
  send: () => Promise<Deployment>;
  /** Whether a deployment that is new since is one that this call would start. */
  isOurs: (deployment: Deployment) => boolean;
}

/** A write is sent at most twice: again when its reply was lost and it had no effect. */
const maxWrites = 2;
const mostLooks = 3;
const firstLookMs = 200;

/**
 * Starts a deployment once: when the reply is lost, follows the deployment that the call has started.
 * @throws DeployFailure when it had no effect and someone else has deployed meanwhile; AppPlatformError
 */
export async function startOnce(run: Run, start: Start, signal: AbortSignal): Promise<Deployment> {
  const { client } = run.fleet;
  const before = new Set((await client.listDeployments(start.appId, { signal })).map(({ id }) => id));
  run.writeSent = true;
  for (let writes = 1; ; writes += 1) {
    try {
      return await start.send();
    } catch (error) {
      const isLost = error instanceof AppPlatformError && (error.outcome === 'unknown' || writes > 1);
      if (!isLost) throw error;
      const since = await deploymentsSince(run, start, before, signal);
      const ours = since.findLast(start.isOurs);
      if (ours) return ours;
      const other = since.find(({ phase }) => phase === 'ACTIVE' || !isTerminal(phase));
      if (other) throw overtakenBy(run, other, { why: `${start.what} got no reply and had no effect` });
      if (writes === maxWrites) throw error;
    }
  }
}

/** Deployments created since, newest first. Reads a few times: the platform may still process a call whose reply was lost. */
async function deploymentsSince(
  { fleet: { client, clock } }: Run,
  { appId, isOurs }: Start,
  before: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Deployment[]> {
  for (let looks = 1; ; looks += 1) {
    await clock.sleep(backoff(looks, firstLookMs), signal);
    const since = (await client.listDeployments(appId, { signal })).filter(({ id }) => !before.has(id));
    if (looks === mostLooks || since.some(isOurs)) return since;
  }
}
