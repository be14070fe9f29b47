import { currentBoot, type ProcessIdentity } from '@odoobo/machine/process';
import { endProcesses } from './end-processes.js';
import type { Belonging } from './members.js';

/**
 * Sends SIGTERM to the whole group and all that came from it, waits at most `graceMs`, then sends SIGKILL to the rest:
 * grandchildren end as well, and zombies do not count. If the group is gone, or its id belongs to others by now, only processes
 * that carry the mark are ended.
 * @param also What belongs to it, wherever it has gone
 * @returns whether anything ran
 * @throws Error when something survives SIGKILL.
 */
export async function stopGroup(
  leader: ProcessIdentity,
  graceMs: number,
  also: Omit<Belonging, 'leader'> = { owns: () => false },
): Promise<boolean> {
  const isOfThisBoot = leader.bootId === (await currentBoot());
  return endProcesses({ ...also, leader: isOfThisBoot ? leader : undefined }, graceMs);
}
