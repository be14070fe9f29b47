import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * A process that runs commands of `odoobo` one after another: node warm-odoobo.js
 * Most of what a short command costs is to load Node, Nx and the packages, and to compile them: here only the first one pays.
 */

/** A command of `odoobo`, and what a process of its own would get. */
export interface WarmCommand {
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

export interface WarmEnd {
  exitCode: number;
  /** Everything it printed. */
  output: string;
}

/** The compiled file, also for tests that run from the sources. */
const script = join(import.meta.dirname, '../../dist/support/warm-odoobo.js');

/** One for each process of tests; it ends with it. */
let warm: ChildProcess | undefined;
let latest: Promise<unknown> = Promise.resolve();

/** Runs a command after those that were asked for earlier. */
export function runWarm(command: WarmCommand): Promise<WarmEnd> {
  const run = latest.then(() => runNext(command));
  latest = run.catch(() => undefined);
  return run;
}

async function runNext(command: WarmCommand): Promise<WarmEnd> {
  const child = (warm ??= fork(script, { cwd: tmpdir(), env: command.env }));
  const done = new AbortController();
  const ended = once(child, 'exit', { signal: done.signal }).then(() => {
    warm = undefined;
    throw new Error(`The process ended during: odoobo ${command.args.join(' ')}`);
  });
  child.send(command);
  try {
    const [end] = (await Promise.race([once(child, 'message', { signal: done.signal }), ended])) as [WarmEnd];
    return end;
  } finally {
    done.abort();
  }
}

/** Runs the commands that come as messages; the answer to each is its end. */
async function serve(): Promise<void> {
  const { main } = await import('@odoobo/ship/cli/main');
  process.on('message', ({ args, cwd, env }: WarmCommand) => {
    process.env = { ...env };
    process.chdir(cwd);
    const output = collectOutput();
    void main(args)
      .catch((error: unknown) => {
        process.stderr.write(String(error));
        return 1;
      })
      .then((exitCode) => {
        // Tests look for processes in the folder of their workspace, and delete it.
        process.chdir(tmpdir());
        process.send?.({ exitCode, output: output() } satisfies WarmEnd);
      });
  });
  process.once('disconnect', () => process.exit());
}

/** Collects what is printed from now on, instead of printing it. @returns a function that tells it */
function collectOutput(): () => string {
  let output = '';
  const write = (text: string | Uint8Array): boolean => {
    output += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
  return () => output;
}

if (process.argv[1] === import.meta.filename) await serve();
