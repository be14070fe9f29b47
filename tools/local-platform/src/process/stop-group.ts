import { setTimeout as delay } from 'node:timers/promises';
import { currentBoot, type ProcessIdentity } from './identity.js';
import { processTable } from './process-table.js';

/** How long the kernel gets to end a group after SIGKILL. Only a process stuck in the kernel takes longer. */
const KILL_MS = 10_000;

/**
 * SIGTERM to the whole group, at most `graceMs` for it to end, then SIGKILL to what is left of it: grandchildren
 * go as well, and zombies do not count. Does nothing when the group is gone or its id belongs to others by now.
 * @throws Error when something of the group survives SIGKILL.
 */
export async function stopGroup(leader: ProcessIdentity, graceMs: number): Promise<void> {
  if (!(await isThere(leader)) || (await endsAfter('SIGTERM', leader, graceMs))) return;
  if (await endsAfter('SIGKILL', leader, KILL_MS)) return;
  throw new Error(
    `Process group ${leader.pid} is still there ${KILL_MS / 1000} s after SIGKILL: the kernel holds it ` +
      `(ps -o pid,stat,wchan -g ${leader.pid} shows where). End it by hand before the next start.`,
  );
}

async function endsAfter(signal: NodeJS.Signals, leader: ProcessIdentity, waitMs: number): Promise<boolean> {
  if (!signalGroup(leader.pid, signal)) return true;
  const deadline = performance.now() + waitMs;
  for (let pause = 5; await isThere(leader); pause = Math.min(pause * 1.5, 100)) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
  }
  return true;
}

/** Whether a process of this very group still runs. */
async function isThere(leader: ProcessIdentity): Promise<boolean> {
  if (leader.bootId !== (await currentBoot()) || !signalGroup(leader.pid, 0)) return false;
  const members = (await processTable().all()).filter((row) => row.group === leader.pid);
  const reused = members.some((row) => row.pid === leader.pid && row.startTime !== leader.startTime);
  return !reused && members.some((row) => !row.zombie);
}

/** Returns false when no such group exists. macOS answers EPERM for a group of zombies only. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
