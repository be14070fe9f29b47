import { statFields } from '@odoobo/machine/process-table';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { markedProcesses, type MarkedRow } from './mark.js';
import { membersOf } from './members.js';
import type { ProcessGroup } from './process-group.js';

/** What the processes of a group have used so far, and hold now. */
export interface GroupUsage {
  cpuMs: number;
  memoryBytes: number;
}

type Measured = Pick<ProcessGroup, 'identity' | 'belonging'>;

/** Reads the process table once, for any number of groups; omits groups that have ended. */
export async function usageOf<G extends Measured>(
  groups: Iterable<G>,
  rows?: readonly MarkedRow[],
): Promise<Map<G, GroupUsage>> {
  const all = rows ?? (await markedProcesses());
  const usageOfPid = process.platform === 'linux' ? usageByProc : await usageByPs();
  const sums = new Map<G, GroupUsage>();
  for (const group of groups) {
    // Without its traces: following those of every process would take longer than all the rest.
    const { owns, leader } = group.belonging;
    const usages = await Promise.all(membersOf(all, { owns, leader }).map(({ pid }) => usageOfPid(pid)));
    if (usages.length > 0) sums.set(group, usages.reduce(sumOf));
  }
  return sums;
}

function sumOf(one: GroupUsage, other: GroupUsage): GroupUsage {
  return { cpuMs: one.cpuMs + other.cpuMs, memoryBytes: one.memoryBytes + other.memoryBytes };
}

/**
 * What a group really holds: memory that processes share, as those of one that forks do, counts once. On Linux; other systems
 * do not report it. It is slow, so it is for groups that seem to hold too much.
 */
export async function memoryHeldBy({ belonging: { owns, leader } }: Measured): Promise<number> {
  const members = membersOf(await markedProcesses(), { owns, leader });
  const shares = members.map(async ({ pid }) => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => undefined);
    return rollup === undefined ? (await usageByProc(pid)).memoryBytes : kibOf('Pss', rollup);
  });
  return (await Promise.all(shares)).reduce((sum, bytes) => sum + bytes, 0);
}

/** On every machine that Node runs on, a second has 100 of proc(5)'s clock ticks. */
const msPerTick = 10;

const none: GroupUsage = { cpuMs: 0, memoryBytes: 0 };

/** Linux: proc(5). */
async function usageByProc(pid: number): Promise<GroupUsage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return none;
  const fields = statFields(stat);
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    memoryBytes: kibOf('VmRSS', status),
  };
}

function kibOf(name: string, text: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

/** macOS: ps(1). `time` is `minutes:seconds.hundredths`. */
async function usageByPs(): Promise<(pid: number) => GroupUsage> {
  const columns = ['pid', 'rss', 'time'].flatMap((name) => ['-o', `${name}=`]);
  const { stdout } = await promisify(execFile)('/bin/ps', ['-A', ...columns], { env: { LC_ALL: 'C' } });
  const usages = new Map(
    [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/gm)].map(([, pid, kib, time = '']) => [
      Number(pid),
      {
        cpuMs: time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000,
        memoryBytes: Number(kib) * 1024,
      },
    ]),
  );
  return (pid) => usages.get(pid) ?? none;
}
