import { isAlive } from '@odoobo/machine/process';
import { withDeadline } from '@odoobo/machine/time';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endOfLog } from '../logs/read-log.js';
import { markOf } from '../process/platform-processes.js';
import { describeExit, type ProcessGroup, startGroup } from '../process/process-group.js';
import type { Layout } from '../state/layout.js';
import { Channel } from './channel.js';
import { readIngressRecord, writeIngressRecord } from './ingress-record.js';
import { protocol } from './messages.js';
import { stopIngressProcess } from './stop-ingress-process.js';

/** The same from `src` and from `dist`. */
const program = fileURLToPath(new URL('../../dist/ingress-process/ingress-main.js', import.meta.url));

/** A loaded machine takes a while to start a process. */
const startMs = 20_000;
const pollMs = 5;

/** The longest path of a socket on macOS, sun_path in unix(4), is 103 bytes; on Linux, 107. */
const longestSocketPath = 103;

/**
 * The process that serves the apps' addresses for a platform: the one that an earlier server left, else a new one. One that
 * speaks another protocol or does not answer is ended first.
 * @throws Error when it cannot be started, with the last lines of its log; the reason of `signal`.
 */
export async function driveIngressProcess(layout: Layout, signal: AbortSignal): Promise<Channel> {
  const left = await takeOver(layout);
  if (left) return left;
  await stopIngressProcess(layout);
  try {
    const socket = await freshSocket(layout);
    const group = await start(layout, socket);
    const channel = await withDeadline(startMs, signal, (within) => whenItListens(socket, group, within));
    await channel.ask('takeOver', null);
    return channel;
  } catch (cause) {
    await stopIngressProcess(layout);
    signal.throwIfAborted();
    throw await notStarted(layout, cause);
  }
}

/** The channel to the process that an earlier server left; undefined when none can be reused. */
async function takeOver(layout: Layout): Promise<Channel | undefined> {
  const record = await readIngressRecord(layout);
  if (record?.protocol !== protocol || !(await isAlive(record.identity))) return undefined;
  const channel = await Channel.open(record.socket).catch(() => undefined);
  return channel?.ask('takeOver', null).then(
    () => channel,
    () => undefined,
  );
}

/** Recorded before it runs, so that the next server finds it whatever happens to this process. */
function start(layout: Layout, socket: string): Promise<ProcessGroup> {
  return startGroup({
    command: [process.execPath, program, socket, layout.root],
    cwd: layout.root,
    env: { PATH: process.env['PATH'] ?? '' },
    mark: markOf(layout, 'ingress'),
    output: layout.ingressLog,
    note: (identity) => writeIngressRecord(layout, { protocol, socket, identity }),
  });
}

async function whenItListens(path: string, group: ProcessGroup, signal: AbortSignal): Promise<Channel> {
  const ended = group.exited.then((exit) => {
    throw new Error(`Its process ${describeExit(exit)}.`);
  });
  const listens = async (): Promise<Channel> => {
    for (;;) {
      const channel = await Channel.open(path).catch(() => undefined);
      if (channel) return channel;
      await delay(pollMs, undefined, { signal });
    }
  };
  return Promise.race([ended, listens()]);
}

async function freshSocket({ ingressSocket }: Layout): Promise<string> {
  if (Buffer.byteLength(ingressSocket) > longestSocketPath) {
    return join(await mkdtemp(join(tmpdir(), 'local-platform-')), 'ingress.sock');
  }
  await rm(ingressSocket, { force: true });
  return ingressSocket;
}

async function notStarted({ ingressLog }: Layout, cause: unknown): Promise<Error> {
  const said = await endOfLog(ingressLog, 'It wrote nothing to its log. ');
  return new Error(`The process that serves the apps' addresses did not start. ${said}`, { cause });
}
