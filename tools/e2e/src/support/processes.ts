import { execa } from 'execa';

/** A process, as `ps` shows it. */
export interface RunningProcess {
  pid: number;
  command: string;
}

/** The services of a workspace's local platform that run now: processes in the folder of an unpacked image. */
export async function runningServices(workspaceRoot: string): Promise<RunningProcess[]> {
  const processes = await listProcesses();
  const folders = await Promise.all(processes.map(({ pid }) => workingFolder(pid)));
  return processes.filter((_, index) => folders[index]?.startsWith(`${workspaceRoot}/.local-platform/run/`));
}

async function listProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid=,command=']);
  return stdout.split('\n').map((line) => {
    const [, pid = '', command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
}

/** Asked of `lsof`, which Linux and macOS both have, only where there is no /proc. */
async function workingFolder(pid: number): Promise<string | undefined> {
  const { stdout } = await execa('readlink', [`/proc/${pid}/cwd`], { reject: false });
  if (stdout) return stdout;
  const lsof = await execa('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { reject: false });
  return /^n(.*)$/m.exec(lsof.stdout ?? '')?.[1];
}
