import { linkOf, processTable } from '@odoobo/machine/process-table';
import { execFile, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hostPath } from './host-path.js';
import { type Mark, markEnvironment } from './mark.js';

/** How long a shell gets to end when its terminal is gone. */
const hangUpMs = 1_000;
const resizeMs = 5_000;
const pollMs = 50;

/** A shell with a terminal. */
export interface Console {
  /** What a person types. */
  write(text: string): void;
  resize(width: number, height: number): Promise<void>;
  /** Resolves when the shell has ended. */
  ended: Promise<void>;
  /** Hangs up, as a terminal that is closed does. Safe to repeat. */
  end(): void;
}

/**
 * Opens a shell beside a process, with its environment and its folder. The terminal is that of script(1), because Node has none. The shell
 * carries the mark of the process, so that it ends with it.
 * @param print called with what the terminal shows
 * @throws Error when the process has ended, or script cannot be executed
 */
export async function openConsole(
  { pid, mark }: { pid: number; mark: Mark },
  print: (text: string) => void,
): Promise<Console> {
  const rows = await processTable().all((row, text) => (row.pid === pid ? text : ''));
  const environment = rows.find((text) => text !== '');
  const cwd = linkOf(`/proc/${pid}/cwd`);
  if (environment === undefined || cwd === '') throw new Error('The instance has ended.');
  const env = { ...entriesOf(environment), TERM: 'xterm-256color', ...markEnvironment(mark) };
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', '/bin/sh -i', '/dev/null'], {
    cwd,
    env,
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', print);
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return {
    write: (text) => void child.stdin.write(text),
    resize: (width, height) => resize(child.pid ?? 0, width, height),
    ended,
    end: () => {
      child.stdin.end();
      child.kill('SIGHUP');
      setTimeout(() => child.kill('SIGKILL'), hangUpMs).unref();
    },
  };
}

function entriesOf(environment: string): Record<string, string> {
  // The table is read as bytes.
  const text = Buffer.from(environment, 'latin1').toString('utf8');
  return Object.fromEntries(
    text.split('\0').flatMap((entry) => {
      const [, name, value = ''] = /^([^=]+)=([^]*)$/.exec(entry) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

async function resize(script: number, width: number, height: number): Promise<void> {
  const terminal = await terminalOf(script);
  const size = ['cols', String(width), 'rows', String(height)];
  const env = { PATH: hostPath() };
  if (terminal !== undefined)
    await promisify(execFile)('stty', ['-F', terminal, ...size], { env, timeout: resizeMs });
}

/** The standard input of the child of script, which it starts a moment later; undefined when it has ended. */
async function terminalOf(script: number): Promise<string | undefined> {
  const until = performance.now() + resizeMs;
  while (performance.now() < until && (await processTable().read(script))) {
    const rows = await processTable().all((row) => row);
    const shell = rows.find(({ parent }) => parent === script);
    const terminal = shell && linkOf(`/proc/${shell.pid}/fd/0`);
    if (terminal?.startsWith('/dev/pts/')) return terminal;
    await delay(pollMs);
  }
  return undefined;
}
