import { linkOf, processTable } from '@odoobo/machine/process-table';
import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';

/**
 * The processes of Node among a process and those that it has started, directly or not: it first, then from the oldest generation on. A
 * service may be started by a shell or by `npm start`. Only those of Node open an inspector on SIGUSR1; it ends all others.
 */
export async function nodeProcesses(pid: number): Promise<number[]> {
  const rows = await processTable().all(({ pid: one, parent }) => ({ pid: one, parent }));
  const family = [pid];
  // It grows while it is read.
  for (const one of family) family.push(...rows.filter(({ parent }) => parent === one).map((row) => row.pid));
  const areNode = await Promise.all(family.map(isNode));
  return family.filter((_, index) => areNode[index]);
}

async function isNode(pid: number): Promise<boolean> {
  // A program that was replaced since, as an upgrade does, is shown as deleted.
  return /^node(js)?( \(deleted\))?$/.test(basename(await programOf(pid)));
}

/** The path of its program; empty if it has ended, or belongs to another user. */
async function programOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return linkOf(`/proc/${pid}/exe`);
  const run = promisify(execFile)('/bin/ps', ['-o', 'comm=', '-p', `${pid}`]);
  return run.then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}
