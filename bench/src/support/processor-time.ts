import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The unit of times in /proc/<pid>/stat, the same on all Linux platforms of Node: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const ticksPerSecond = 100;
const lookAgainMs = 20;

interface Process {
  parent: number;
  /** Processor time in ticks. */
  ticks: number;
}

/**
 * The processor time of all processes that this one starts meanwhile, and of those that they start, in seconds. Also of processes that
 * are ended without being waited for, as esbuild's, which the times of finished children lack. What a process uses between the last
 * look and its end, 20 ms at most, is missing.
 *
 * @returns 0 where there is no /proc
 */
export async function processorSecondsOf(act: () => Promise<unknown>): Promise<number> {
  const ended = new AbortController();
  const used = new Map<number, number>();
  const looking = look(used, ended.signal);
  try {
    await act();
  } finally {
    ended.abort();
    await looking;
  }
  return [...used.values()].reduce((sum, ticks) => sum + ticks, 0) / ticksPerSecond;
}

/**
 * The processor time of all threads that a process has now, in seconds, exact to microseconds: https://docs.kernel.org/scheduler/sched-stats.html
 * @throws Error where /proc does not have it
 */
export async function processorSecondsOfThreads(pid: number): Promise<number> {
  const tasks = `/proc/${pid}/task`;
  const texts = await Promise.all(
    (await readdir(tasks)).map((task) => readFile(`${tasks}/${task}/schedstat`, 'utf8').catch(() => '0')),
  );
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9;
}

async function look(used: Map<number, number>, signal: AbortSignal): Promise<void> {
  const before = new Set((await readProcesses()).keys());
  while (!signal.aborted) {
    const processes = await readProcesses();
    for (const [pid, { ticks }] of processes)
      if (!before.has(pid) && isDescendant(pid, processes)) used.set(pid, ticks);
    await delay(lookAgainMs);
  }
}

function isDescendant(pid: number, processes: ReadonlyMap<number, Process>): boolean {
  for (let one = processes.get(pid); one !== undefined; one = processes.get(one.parent))
    if (one.parent === process.pid) return true;
  return false;
}

async function readProcesses(): Promise<Map<number, Process>> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return new Map(found.filter((one) => one !== undefined));
}

/** @returns undefined for a process that has ended meanwhile */
async function readProcess(pid: string): Promise<[number, Process] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in brackets, may contain anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  return [Number(pid), { parent: parent ?? 0, ticks: (user ?? 0) + (system ?? 0) }];
}
