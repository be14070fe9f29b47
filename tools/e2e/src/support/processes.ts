import { execa } from 'execa';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
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
  const found = (await processIds()).map(async (pid): Promise<RunningProcess[]> => {
    const working = await workingFolder(pid);
    if (!working?.startsWith(folder)) return [];
    const command = await commandOf(pid);
    return command === undefined ? [] : [{ pid, command, folder: working }];
  });
  return (await Promise.all(found)).flat();
}

/** On Linux without starting `ps`, which would take six times the processor time: tests look again and again. */
async function processIds(): Promise<number[]> {
  const names =
    process.platform === 'linux'
      ? await readdir('/proc')
      : (await execa('ps', ['-eo', 'pid='])).stdout.split('\n');
  return names.map(Number).filter((pid) => pid > 0);
}

/** With its arguments; undefined if it has ended. */
async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux')
    return (await execa('ps', ['-p', String(pid), '-o', 'command='], { reject: false })).stdout || undefined;
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim() || undefined;
}

/** Linux reports it in /proc, macOS through `lsof`. */
async function workingFolder(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const lsof = await execa('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { reject: false });
  return /^n(.*)$/m.exec(lsof.stdout ?? '')?.[1];
}
