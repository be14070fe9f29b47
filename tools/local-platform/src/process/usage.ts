import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { statFields } from './process-table.js';

/** What the processes of a group have used so far, and hold now. */
export interface GroupUsage {
  cpuMs: number;
  memoryBytes: number;
}

interface ProcessUsage extends GroupUsage {
  group: number;
}

/** By process group id. One look at the process table, whatever the number of groups; a group that is gone is left out. */
export async function usageOf(groups: ReadonlySet<number>): Promise<Map<number, GroupUsage>> {
  const processes = process.platform === 'linux' ? await usageByProc(groups) : await usageByPs();
  const sums = new Map<number, GroupUsage>();
  for (const { group, cpuMs, memoryBytes } of processes) {
    if (!groups.has(group)) continue;
    const sum = sums.get(group) ?? { cpuMs: 0, memoryBytes: 0 };
    sums.set(group, { cpuMs: sum.cpuMs + cpuMs, memoryBytes: sum.memoryBytes + memoryBytes });
  }
  return sums;
}

/** Of proc(5)'s clock ticks there are 100 in a second on every machine that Node runs on. */
const msPerTick = 10;

/** Linux: proc(5). The memory is read only of the processes that are asked for. */
async function usageByProc(groups: ReadonlySet<number>): Promise<ProcessUsage[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const usages = await Promise.all(pids.map((pid) => usageOfPid(pid, groups)));
  return usages.filter((usage) => usage !== undefined);
}

async function usageOfPid(pid: string, groups: ReadonlySet<number>): Promise<ProcessUsage | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = statFields(stat);
  const group = Number(fields[2]);
  if (!groups.has(group)) return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  return {
    group,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
    memoryBytes: kib * 1024,
  };
}

/** macOS: ps(1). `time` is `minutes:seconds.hundredths`. */
async function usageByPs(): Promise<ProcessUsage[]> {
  const columns = ['pgid', 'rss', 'time'].flatMap((name) => ['-o', `${name}=`]);
  const { stdout } = await promisify(execFile)('/bin/ps', ['-A', ...columns], { env: { LC_ALL: 'C' } });
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/gm)].map(([, group, kib, time = '']) => ({
    group: Number(group),
    cpuMs: time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000,
    memoryBytes: Number(kib) * 1024,
  }));
}
