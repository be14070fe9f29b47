import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Arm, Measured, Orders, ServerReady } from './messages.js';

/** A measurement as it is reported. */
export interface Outcome extends Measured {
  arm: Arm;
  /** Calls of the API, and how many of them were refused with 429. */
  calls: number;
  refused: number;
}

interface LoggedCall {
  at: string;
  path: string;
  status: number | null;
}

/**
 * Measures one arm: the platform and the deployer each run in their own process, so that memory and CPU time are the
 * deployer's alone.
 *
 * @throws when a process fails, and the reason of `signal`
 */
export async function measure(arm: Arm, signal: AbortSignal): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'scale-'));
  const orders = JSON.stringify({ ...arm, since: Date.now(), directory } satisfies Orders);
  const server = start('server', [orders], signal);
  try {
    const platform = await answer<ServerReady>(server);
    const measured = await answer<Measured>(start('client', [orders, JSON.stringify(platform)], signal));
    await end(server);
    return { arm, ...measured, ...count(await readCalls(directory), measured.beganAt) };
  } finally {
    await end(server);
    await rm(directory, { recursive: true, force: true });
  }
}

function start(name: 'server' | 'client', args: string[], signal: AbortSignal): ChildProcess {
  return fork(join(import.meta.dirname, `${name}.js`), args, { signal });
}

/** Waits for the process's only message. @throws when it ends without sending one */
async function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`A process of the measurement ended with ${code}.`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}

async function readCalls(directory: string): Promise<LoggedCall[]> {
  const text = await readFile(join(directory, 'requests.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as LoggedCall);
}

function count(calls: readonly LoggedCall[], since: number): { calls: number; refused: number } {
  // Requests for the URL of a log are not calls of the API, and count towards no limit.
  const counted = calls.filter(({ at, path }) => Date.parse(at) >= since && path.startsWith('/v2/'));
  const refused = counted.filter(({ status }) => status === 429).length;
  return { calls: counted.length, refused };
}
