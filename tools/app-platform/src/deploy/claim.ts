import { abortable } from '@odoobo/machine/time';
import type { Claim, Run } from './skill-run.js';

/** How long a deploy waits for a claim before it reports that it waits. */
const silentWaitMs = 250;

/** Runs `work` while no other deployer on this machine writes to the skill's app. */
export async function withClaim<T>(run: Run, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { claim } = run.fleet;
  if (!claim) return work();
  const held = await claimed(run, claim, signal);
  try {
    return await work();
  } finally {
    // If the claim cannot be released, on a full disk, it ends with this process; the deployment itself has succeeded.
    await held.release().catch(() => undefined);
  }
}

type Held = Awaited<ReturnType<Claim>>;

/** Waits for the claim, and reports a longer wait. */
async function claimed(run: Run, claim: Claim, signal: AbortSignal): Promise<Held> {
  const { skill } = run.request;
  const got = new AbortController();
  run.fleet.clock.sleep(silentWaitMs, AbortSignal.any([signal, got.signal])).then(
    () => run.emit({ type: 'waiting', reason: 'deployer', for: skill }),
    () => undefined,
  );
  const coming = Promise.resolve().then(() => claim(skill, signal));
  try {
    return await abortable(coming, signal);
  } catch (error) {
    // A claim that is granted too late must be released.
    coming.then((late) => late.release()).catch(() => undefined);
    throw error;
  } finally {
    got.abort();
  }
}
