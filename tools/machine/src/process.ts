import { processTable } from './process-table.js';

/** Identifies one process permanently: the system reuses a pid after the process ends, and after every boot. */
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

/** The identity of a process, or undefined if no process has that pid. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const row = await processTable().read(pid);
  return row && { pid, startTime: row.startTime, bootId: await currentBoot() };
}

/** Whether that same process is still running: not a later one with its pid, and not a zombie. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await currentBoot())) return false;
  const row = await processTable().read(identity.pid);
  return row !== undefined && !row.zombie && row.startTime === identity.startTime;
}
