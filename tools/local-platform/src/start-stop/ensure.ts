import { runner } from '@odoobo/machine/package-manager';
import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { withDeadline } from '@odoobo/machine/time';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { engineVariables } from '../containers/engine-program.js';
import { endOfLog } from '../logs/read-log.js';
import { endsWithin } from '../process/end-processes.js';
import { markOf } from '../process/platform-processes.js';
import { adoptGroup, type ProcessGroup } from '../process/process-group.js';
import { downloadEnvironment } from '../sources/build-environment.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { requireFreeSpace } from './free-space.js';
import { holdStart } from './hold-directory.js';
import { type PlatformRecord, readPlatform } from './platform-record.js';
import { requireSupportedSystem } from './supported-system.js';

export interface RunningPlatform {
  url: string;
  token: string;
  /** False when it was already running. */
  started: boolean;
  /** The warnings of the server's start; none when it was already running. */
  warnings: readonly string[];
}

export interface EnsureOptions {
  /** Preferred; if it is taken, another one is used. The default is the last one, or 4100. */
  port?: number;
  /** How a server for tests behaves, such as `--rate-limit=real`; see `testFlags`. An error if a server is already running. */
  flags?: readonly string[];
  /** Aborts; stops a server that is starting. */
  signal?: AbortSignal;
}

/** Adopting many services after a crash takes a while, but not longer. */
const startMs = 30_000;
const answerMs = 10_000;
const endMs = 1_000;
const pollMs = 20;

/**
 * The platform of a folder: the one that runs, or one started for it, which then keeps running when this process ends. If
 * several processes ask at once, one of them starts it.
 * @throws Error when it does not start within 30 s, with the last lines of its log; the reason of `signal`.
 */
export async function ensurePlatform(
  directory: string,
  options: EnsureOptions = {},
): Promise<RunningPlatform> {
  requireSupportedSystem();
  const layout = layoutOf(directory);
  await mkdir(layout.root, { recursive: true, mode: 0o700 });
  const running = await runningPlatform(layout);
  if (running) return { ...requireNoFlags(layout, running, options), started: false, warnings: [] };

  const turn = await holdStart(layout, options.signal);
  try {
    const startedMeanwhile = await runningPlatform(layout);
    if (startedMeanwhile)
      return { ...requireNoFlags(layout, startedMeanwhile, options), started: false, warnings: [] };
    const { warnings = [], ...address } = await start(layout, options);
    return { ...address, started: true, warnings };
  } finally {
    await turn.release();
  }
}

/** @throws Error when a server is already running, because flags apply only when it is started. */
function requireNoFlags(layout: Layout, running: Address, { flags = [] }: EnsureOptions): Address {
  if (flags.length === 0) return running;
  throw new Error(
    `The local platform in ${layout.root} is already running, and ${flags.join(' ')} applies only when it is started. ` +
      `Stop it first: ${runner} local-platform stop`,
  );
}

/** @throws Error when the running server does not answer. */
async function runningPlatform(layout: Layout): Promise<Address | undefined> {
  const record = await readPlatform(layout.root);
  if (!record || !(await isAlive(record.identity))) return undefined;
  try {
    await requireAnswer(record);
    return addressOf(record);
  } catch (cause) {
    // It may have been killed, or be stopping, at this very moment.
    if (await endsWithin(record.identity, endMs)) return undefined;
    throw new Error(
      `The local platform in ${layout.root} (process ${record.identity.pid}) does not answer at ${record.url}. ` +
        `Restart it: ${runner} local-platform stop, then ${runner} local-platform start`,
      { cause },
    );
  }
}

/** A server that refuses a call for the moment is fine; one that rejects the token is another server. */
async function requireAnswer({ url, token }: PlatformRecord): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  // Not with fetch: loading it takes longer than this call.
  const call = get(`${url}/v2/apps?per_page=1`, { headers, signal: AbortSignal.timeout(answerMs) });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.destroy();
  if (response.statusCode === 401) throw new Error('It rejects the token in its record.');
}

type Address = Pick<PlatformRecord, 'url' | 'token' | 'warnings'>;

function addressOf({ url, token, warnings }: PlatformRecord): Address {
  return { url, token, ...(warnings && { warnings }) };
}

async function start(layout: Layout, options: EnsureOptions): Promise<Address> {
  const { port, flags = [] } = options;
  // The server looks too, but may have no room for its log.
  await requireFreeSpace(layout);
  const command = [process.execPath, scriptPath('server-main'), layout.root];
  const server = await startDetached(layout, [
    ...command,
    ...(port === undefined ? [] : [String(port)]),
    ...flags,
  ]);
  try {
    return await withDeadline(startMs, options.signal, (signal) => untilItServes(layout, server, signal));
  } catch (cause) {
    await server.stop({ graceMs: 5000 });
    options.signal?.throwIfAborted();
    // A starter that was killed left a server that came up: ours then found the folder held.
    const other = await runningPlatform(layout);
    if (other) return other;
    throw await notStarted(layout, cause);
  }
}

/** The record is written when the server is ready, so its appearance is the sign. */
async function untilItServes(layout: Layout, server: ProcessGroup, signal: AbortSignal): Promise<Address> {
  const ended = server.exited.then(() => {
    throw new Error('Its process ended.');
  });
  const served = async (): Promise<Address> => {
    for (;;) {
      const record = await readPlatform(layout.root);
      if (record && isDeepStrictEqual(record.identity, server.identity)) return addressOf(record);
      await delay(pollMs, undefined, { signal });
    }
  };
  return Promise.race([ended, served()]);
}

async function notStarted(layout: Layout, cause: unknown): Promise<Error> {
  const nothing = `It wrote nothing to its log: check the free space in ${layout.root}. `;
  const said = await endOfLog(layout.serverLog, nothing);
  return new Error(`The local platform in ${layout.root} did not start. ${said}`, { cause });
}

/** Starts the server detached from this process: see start-detached.ts. */
async function startDetached(layout: Layout, command: readonly string[]): Promise<ProcessGroup> {
  const args = [
    scriptPath('start-detached'),
    layout.serverLog,
    JSON.stringify(markOf(layout, 'server', String(Date.now()))),
    ...command,
  ];
  const options = { cwd: layout.root, env: serverEnvironment(), timeout: startMs };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const identity = JSON.parse(stdout) as ProcessIdentity;
  const server = await adoptGroup(identity);
  if (!server) throw await notStarted(layout, new Error('Its process ended immediately.'));
  return server;
}

/** Found by the name of this package, because the code here may be bundled into another one. */
function scriptPath(name: 'server-main' | 'start-detached'): string {
  return fileURLToPath(import.meta.resolve(`@odoobo/local-platform/${name}`));
}

/** What a server, its builds and its container engine need; its starter's tokens and the like are left out. */
function serverEnvironment(): Record<string, string> {
  return { ...engineVariables(), PATH: process.env['PATH'] ?? '', ...downloadEnvironment() };
}
