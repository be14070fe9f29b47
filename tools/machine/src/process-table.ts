import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What the operating system reports about one process. */
export interface ProcessRow {
  pid: number;
  parent: number;
  /** Process group id: the pid of the process that leads the group. */
  group: number;
  /** The pid of the process that leads its session; 0 where the system does not report it (macOS). */
  session: number;
  /** It has exited and its parent has not collected it yet. Such a zombie still answers `kill(pid, 0)`. */
  zombie: boolean;
  /** Opaque; with the pid and the boot id it identifies one process permanently. */
  startTime: string;
}

interface ProcessTable {
  read(pid: number): Promise<ProcessRow | undefined>;
  /**
   * All processes, zombies included.
   * @param convert What to return for each process. Its environment is a text of entries separated by NUL (Linux) or by
   * spaces, with the command in front (macOS); empty when it cannot be read.
   */
  all<T>(convert: (row: ProcessRow, environment: string) => T): Promise<T[]>;
  bootId(): Promise<string>;
}

const run = promisify(execFile);

/** How many processes are read at once; the event loop runs in between. */
const readAtOnce = 64;

/** Linux: proc(5). Its files are in memory: reading them synchronously costs a tenth of the processor time. */
export const procTable: ProcessTable = {
  read: async (pid) => readStat(pid),
  all: async (convert) => {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    const rows: ReturnType<typeof convert>[] = [];
    for (const [index, pid] of pids.entries()) {
      if (index % readAtOnce === readAtOnce - 1) await nextTurn();
      const row = readStat(pid);
      if (row) rows.push(convert(row, environmentOf(row)));
    }
    return rows;
  },
  bootId: async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
};

/** macOS: ps(1) and sysctl(8). `kern.boottime` moves when the clock is set, `kern.bootsessionuuid` does not. */
export const psTable: ProcessTable = {
  read: async (pid) => (await ps(['-p', String(pid)])).map(({ row }) => row)[0],
  all: async (convert) => (await ps(withEnvironment)).map(({ row, rest }) => convert(row, rest)),
  bootId: async () => (await run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim(),
};

/** Options of ps on macOS, and of procps, with which the tests read the same on Linux. */
const withEnvironment = process.platform === 'darwin' ? ['-Aww', '-E'] : ['axeww'];

/** @throws Error on a system other than Linux and macOS. */
export function processTable(): ProcessTable {
  if (process.platform === 'linux') return procTable;
  if (process.platform === 'darwin') return psTable;
  throw new Error(
    `Processes can be identified on Linux and macOS, not on ${process.platform}. On Windows, use WSL 2.`,
  );
}

/**
 * The fields of a line of proc(5)'s `stat`, from the state (field 3) on: the command name (field 2) may hold spaces and
 * parentheses, so they are counted after the last ")".
 */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readStat(pid: number): ProcessRow | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (!stat) return undefined;
  const [state, parent, group, session, ...rest] = statFields(stat);
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    zombie: state === 'Z' || state === 'X',
    startTime: rest[15] ?? '',
  };
}

/** A zombie has none: reading it would be a costly error. */
function environmentOf({ pid, zombie }: ProcessRow): string {
  return zombie ? '' : (readProc(`/proc/${pid}/environ`) ?? '');
}

/** The target of a link of proc(5); empty if the process has ended, or belongs to another user. */
export function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const firstBytes = Buffer.allocUnsafe(65_536);

/** Undefined if the process has ended, or belongs to another user. */
function readProc(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const length = readSync(file, firstBytes);
      // Paths may contain non-ASCII characters, but are percent-encoded where they are searched for.
      return length < firstBytes.length
        ? firstBytes.toString('latin1', 0, length)
        : readFileSync(path, 'latin1');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // A process that ends between opening and reading its file gives ESRCH instead of ENOENT.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

interface Listed {
  row: ProcessRow;
  /** Its command and its environment, if they were requested. */
  rest: string;
}

/** Language and time zone are fixed, so that the same start time reads the same from every terminal. */
async function ps(selection: string[]): Promise<Listed[]> {
  const names = [
    'pid',
    'ppid',
    'pgid',
    'stat',
    'lstart',
    ...(selection === withEnvironment ? ['command'] : []),
  ];
  const columns = names.flatMap((name) => ['-o', `${name}=`]);
  const options = { env: { LC_ALL: 'C', TZ: 'UTC' }, maxBuffer: 2 ** 30 };
  const { stdout } = await run('/bin/ps', [...selection, ...columns], options).catch(ignoreNoMatch);
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+ +\S+ +\S+ +\S+ +\d+)(.*)$/gm)].map(
    ([, pid, parent, group, stat, start = '', rest = '']) => ({
      row: {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: 0,
        zombie: stat?.startsWith('Z') ?? false,
        startTime: start,
      },
      rest,
    }),
  );
}

/** ps exits with 1, without a message, if it finds none of the requested processes. */
function ignoreNoMatch(error: { code?: unknown; stderr?: string }): { stdout: string } {
  if (error.code === 1 && !error.stderr) return { stdout: '' };
  throw error;
}
