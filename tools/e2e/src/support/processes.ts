import { execa } from 'execa';
import { readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A process, as `ps` shows it. */
export interface RunningProcess {
  pid: number;
  command: string;
  /** Its working folder. */
  folder: string;
}

/** The running services of a workspace's local platform: processes in the folder of an unpacked image. */
export async function runningServices(workspaceRoot: string): Promise<RunningProcess[]> {
  const run = await realpath(join(workspaceRoot, '.local-platform/run'));
  return processesIn(`${run}/`);
}

/** The processes whose working folder is that folder, or a folder below it. */
export async function processesIn(folder: string): Promise<RunningProcess[]> {
  const processes = await listProcesses();
  const folders = await Promise.all(processes.map(({ pid }) => workingFolder(pid)));
  return processes.flatMap((process, index) => {
    const working = folders[index];
    return working?.startsWith(folder) ? [{ ...process, folder: working }] : [];
  });
}

async function listProcesses(): Promise<Omit<RunningProcess, 'folder'>[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,command=']);
  return stdout.split('\n').map((line) => {
    const [, pid = '', command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
}

/** Linux reports it in /proc, macOS through `lsof`. */
async function workingFolder(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const lsof = await execa('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { reject: false });
  return /^n(.*)$/m.exec(lsof.stdout ?? '')?.[1];
}
