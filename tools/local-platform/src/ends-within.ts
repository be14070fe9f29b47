import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';

const pollMs = 20;

/** Waits for the end of a process that is no child of this one; false when it still runs after `ms` milliseconds. */
export async function endsWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (await isAlive(identity)) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}
