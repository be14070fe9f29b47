import { currentBoot, type ProcessIdentity } from '@odoobo/machine/process';
import { endProcesses } from './end-processes.js';
import type { Belonging } from './members.js';

/**
 * SIGTERM to the whole group and to everything that came from it, at most `graceMs` for it to end, then SIGKILL to what is
 * left: grandchildren go as well, and zombies do not count. Of a group that is gone, or whose id belongs to others by now, only
 * what carries the mark is ended.
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
