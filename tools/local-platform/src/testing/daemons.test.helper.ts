import { identify, isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { readFile } from 'node:fs/promises';
import { eventually } from './platform.test.helper.js';

/** Forks twice and leaves its session, as daemons do, then executes what follows. */
export const daemonize = [
  'python3',
  '-c',
  'import os, sys\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.execvp(sys.argv[1], sys.argv[1:])',
];

const notes = (file: string, then: string): string[] => ['/bin/sh', '-c', `echo $$ >> '${file}'; ${then}`];

/** Ways to get away, each noting its pid in a file. */
export const escapes = {
  /** Its parent is alive and it has a session of its own. */
  'a child with a session of its own': (file: string) => [
    'python3',
    '-c',
    'import os, sys\nos.setsid()\nos.execvp(sys.argv[1], sys.argv[1:])',
    ...notes(file, 'exec sleep 600'),
  ],
  'a daemon': (file: string) => [...daemonize, ...notes(file, 'exec sleep 600')],
  'a daemon that ignores SIGTERM': (file: string) => [
    ...daemonize,
    ...notes(file, `trap '' TERM; while :; do sleep 1; done`),
  ],
  'a daemon that has written its title over its environment': (file: string) => [
    ...daemonize,
    'perl',
    '-e',
    `$0 = "titled"; open(F, ">>", "${file}"); print F "$$\\n"; close F; sleep 600`,
  ],
  'a daemon without an environment': (file: string) => [
    ...daemonize,
    'env',
    '-i',
    ...notes(file, 'exec sleep 600'),
  ],
} as const;

/** The ones that this system can find: macOS does not report the folder of a process without an environment. */
export const findableEscapes = Object.entries(escapes).flatMap(([name, escape]) =>
  process.platform === 'linux' || !name.includes('environment') ? [escape] : [],
);

/** A service that answers, and has started all of these as its children when it does. */
export function serviceThatStarts(commands: readonly (readonly string[])[]): string {
  return `
    import { spawn } from 'node:child_process';
    import { createServer } from 'node:http';
    for (const [program, ...args] of ${JSON.stringify(commands)}) spawn(program, args, { stdio: 'ignore' });
    createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT, process.env.HOST);
  `;
}

/** The processes whose pids are in a file, once it has that many. */
export function notedProcesses(file: string, count: number): Promise<ProcessIdentity[]> {
  return eventually(async () => {
    const text = await readFile(file, 'utf8').catch(() => '');
    const pids = text.split('\n').filter(Boolean).map(Number);
    const found = await Promise.all(pids.map(identify));
    const identities = found.filter((one) => one !== undefined);
    return identities.length >= count ? identities : undefined;
  });
}

export async function howManyRun(processes: readonly ProcessIdentity[]): Promise<number> {
  return (await Promise.all(processes.map(isAlive))).filter(Boolean).length;
}
