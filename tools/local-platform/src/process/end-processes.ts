import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { processTable } from '@odoobo/machine/process-table';
import { setTimeout as delay } from 'node:timers/promises';
import { markedProcesses, type MarkedRow } from './mark.js';
import { type Belonging, keyOf, membersOf } from './members.js';

/** How long the kernel gets to end processes after SIGKILL. Only one that is stuck in the kernel takes longer. */
const killMs = 10_000;
const pollMs = 20;

/**
 * Sends SIGTERM to all members, waits at most `graceMs`, then sends SIGKILL to those left or started meanwhile, until none is
 * found.
 * @param rows The process table, where it was just read.
 * @returns whether anything ran
 * @throws Error when something survives SIGKILL
 */
export async function endProcesses(
  belonging: Belonging,
  graceMs: number,
  rows?: readonly MarkedRow[],
): Promise<boolean> {
  const known = new Set<string>();
  const findIn = (table: readonly MarkedRow[]): MarkedRow[] => {
    const found = membersOf(table, belonging, known);
    for (const row of found) known.add(keyOf(row));
    return found;
  };
  const find = async (): Promise<MarkedRow[]> => findIn(await markedProcesses());
  const first = rows ? findIn(rows) : await find();
  if (first.length === 0) return false;
  const left = await endBy('SIGTERM', first, find, performance.now() + graceMs);
  const stuck = await endBy('SIGKILL', left, find, performance.now() + killMs);
  if (stuck.length === 0) return true;
  const pids = stuck.map(({ pid }) => pid).join(',');
  throw new Error(
    `Still there ${killMs / 1000} s after SIGKILL: process ${pids}. The kernel holds it ` +
      `(ps -o pid,stat,wchan -p ${pids} shows where). End it manually before the next start.`,
  );
}

/**
 * Signals each process once: many services exit at once on a second SIGTERM. The whole table is
 * read again only when all that are known have ended, or the time is up.
 * @returns what runs at the end
 */
async function endBy(
  signal: NodeJS.Signals,
  found: readonly MarkedRow[],
  find: () => Promise<MarkedRow[]>,
  deadline: number,
): Promise<readonly MarkedRow[]> {
  const signalled = new Set<string>();
  for (let running = found; ; running = await find()) {
    const news = running.filter((row) => !signalled.has(keyOf(row)));
    const direct = news.filter(({ mark }) => signal === 'SIGKILL' || !hasClient(mark));
    await Promise.all(direct.map((row) => signalProcess(row, signal)));
    for (const row of news) signalled.add(keyOf(row));
    if (running.length === 0 || performance.now() >= deadline) return running;
    await untilEnded(running, deadline);
  }
}

/** It gets signals through that: it would get SIGTERM twice. */
function hasClient(mark: MarkedRow['mark']): boolean {
  return typeof mark === 'object' && mark.client !== undefined;
}

async function untilEnded(processes: readonly MarkedRow[], deadline: number): Promise<void> {
  for (let pause = 2; await someRuns(processes); pause = Math.min(pause * 1.5, 100)) {
    const left = deadline - performance.now();
    if (left <= 0) return;
    await delay(Math.min(pause, left));
  }
}

async function someRuns(processes: readonly MarkedRow[]): Promise<boolean> {
  for (const { pid, startTime } of processes) {
    const row = await processTable().read(pid);
    if (row && !row.zombie && row.startTime === startTime) return true;
  }
  return false;
}

/** It may have ended, and its pid been reused, since it was found. */
export async function signalProcess(
  { pid, startTime }: Pick<ProcessIdentity, 'pid' | 'startTime'>,
  signal: NodeJS.Signals,
): Promise<void> {
  const row = await processTable().read(pid);
  if (row?.startTime !== startTime) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // One that runs as another user, such as sudo, is not ours to end.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Waits for the end of a process that is not a child of this one; false when it still runs after `ms` milliseconds. */
export async function endsWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (await isAlive(identity)) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}
