import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the operating system says of one process. */
export interface ProcessRow {
  pid: number;
  /** Process group id: the pid of the process that leads the group. */
  group: number;
  /** It has exited and only waits for its parent to collect it. Such a zombie still answers `kill(pid, 0)`. */
  zombie: boolean;
  /** Opaque; with the pid and the boot id it names one process for good. */
  startTime: string;
}

interface ProcessTable {
  read(pid: number): Promise<ProcessRow | undefined>;
  all(): Promise<ProcessRow[]>;
  bootId(): Promise<string>;
}

const run = promisify(execFile);

/** Linux: proc(5). */
export const procTable: ProcessTable = {
  read: async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignoreGone);
    return stat === undefined ? undefined : parseStat(pid, stat);
  },
  all: async () => {
    const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
    const rows = await Promise.all(pids.map((pid) => procTable.read(pid)));
    return rows.filter((row) => row !== undefined);
  },
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
};

/** macOS: ps(1) and sysctl(8). `kern.boottime` moves when the clock is set, `kern.bootsessionuuid` does not. */
export const psTable: ProcessTable = {
  read: async (pid) => (await ps(['-p', String(pid)]))[0],
  all: () => ps(['-A']),
  bootId: async () => (await run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
};

/** @throws Error on a system other than Linux and macOS. */
export function processTable(): ProcessTable {
  if (process.platform === 'linux') return procTable;
  if (process.platform === 'darwin') return psTable;
  throw new Error(
    `The local platform runs on Linux and macOS, not on ${process.platform}. On Windows, use it inside WSL 2.`,
  );
}

/**
 * The fields of a line of proc(5)'s `stat`, from the state (field 3) on: the command name (field 2) may hold spaces and
 * parentheses, so they are counted after the last ")".
 */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parseStat(pid: number, stat: string): ProcessRow {
  const [state, , group, ...rest] = statFields(stat);
  return { pid, group: Number(group), zombie: state === 'Z' || state === 'X', startTime: rest[16] ?? '' };
}

/** A process that ends between opening and reading its file gives ESRCH instead of ENOENT. */
function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
}

/** Language and time zone are fixed: the same start must read the same from every terminal. */
async function ps(selection: string[]): Promise<ProcessRow[]> {
  const columns = ['pid', 'pgid', 'stat', 'lstart'].flatMap((name) => ['-o', `${name}=`]);
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = await run('/bin/ps', [...selection, ...columns], { env }).catch(ignoreNoMatch);
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/gm)].map(
    ([, pid, group, stat, start]) => ({
      pid: Number(pid),
      group: Number(group),
      zombie: stat?.startsWith('Z') ?? false,
      startTime: start ?? '',
    }),
  );
}

/** ps exits 1, without a word, when it knows none of the processes asked for. */
function ignoreNoMatch(error: { code?: unknown; stderr?: string }): { stdout: string } {
  if (error.code === 1 && !error.stderr) return { stdout: '' };
  throw error;
}
