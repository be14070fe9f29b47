import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import type { ServerProcess } from './servers.js';

export interface Load {
  name: string;
  path: string;
  /** Size of the body in bytes; the requests are POSTs. */
  posts?: number;
  /** What the client sends in `Cookie`. */
  cookie?: string;
  /** Requests a second over all connections; without it, as many as the server answers. */
  rate?: number;
}

/** Client connections, each with one request in progress. */
export const connections = 32;

/** The unit of utime and stime in /proc: always 100 for programs on Linux. */
const ticksPerSecond = 100;

const autocannon = createRequire(import.meta.url).resolve('autocannon/autocannon.js');

/**
 * Sends requests from a separate process.
 *
 * @returns requests answered per second of the server's processor time
 * @throws when an answer is not 2xx or does not arrive, and the reason of `signal`
 */
export async function requestsPerCpuSecond(
  { pid, port }: ServerProcess,
  { path, posts, rate, cookie }: Load,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<number> {
  const post = posts === undefined ? [] : ['-m', 'POST', '-b', 'x'.repeat(posts)];
  const paced = rate === undefined ? [] : ['-R', String(rate)];
  const cookies = cookie === undefined ? [] : ['-H', `cookie=${cookie}`];
  const args = [
    autocannon,
    '-j',
    '-c',
    String(connections),
    '-d',
    String(seconds),
    ...paced,
    ...post,
    ...cookies,
  ];
  const before = await cpuSeconds(pid);
  const child = spawn(process.execPath, [...args, `http://127.0.0.1:${port}${path}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
  });
  const [output] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
  const spent = (await cpuSeconds(pid)) - before;
  const { errors, non2xx, '2xx': answered } = JSON.parse(String(output)) as Record<string, number>;
  if (errors !== 0 || non2xx !== 0 || !answered) {
    throw new Error(
      `Of the requests to ${path}, ${errors} failed and ${non2xx} were answered with another status.`,
    );
  }
  return answered / spent;
}

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name, in parentheses; it may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
