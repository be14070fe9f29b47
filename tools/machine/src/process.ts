import { processTable } from './process-table.js';

/** One process for good: a pid alone is given out again after the process ends, and after every boot. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
  bootId: string;
}

let bootId: Promise<string> | undefined;

/** Constant while this process runs, so it is read once. */
export function currentBoot(): Promise<string> {
  return (bootId ??= processTable().bootId());
}

/** The identity of a process, or undefined when there is none of that pid. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const row = await processTable().read(pid);
  return row && { pid, startTime: row.startTime, bootId: await currentBoot() };
}

/** Whether that very process still runs: not one that got its pid later, and not a zombie. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await currentBoot())) return false;
  const row = await processTable().read(identity.pid);
  return row !== undefined && !row.zombie && row.startTime === identity.startTime;
}
