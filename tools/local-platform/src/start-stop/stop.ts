import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isUnwritable } from '../errors/system-error.js';
import { stopIngressProcess } from '../ingress-process/stop-ingress-process.js';
import { endsWithin, signalProcess } from '../process/end-processes.js';
import { type Mark, ownMark } from '../process/mark.js';
import { endStrays } from '../process/platform-processes.js';
import { stopAllLeftovers } from '../running/leftovers.js';
import { commandsOf } from '../sources/commands.js';
import { type Layout, layoutOf } from '../state/layout.js';
import { allOf } from './all-of.js';
import { type Hold, holdDirectory, holderOf, holdStart } from './hold-directory.js';
import { requireSupportedSystem } from './supported-system.js';

/** Longer than the time in which a server stops its services. */
const serverMs = 20_000;
const leftoverGraceMs = 5_000;

/**
 * Stops the server of a folder and every service, also what a killed server left running, and what ran when the folder was
 * deleted. Its apps stay on the disk: the next server runs them again. It works on a full or read-only disk.
 * @throws Error when something cannot be stopped, or a server is being started at this moment.
 */
export async function stopPlatform(directory: string): Promise<'stopped' | 'not running'> {
  requireSupportedSystem();
  const layout = layoutOf(directory);
  const turn = existsSync(layout.root) ? await holdWhereWritable(() => holdStart(layout)) : nothingHeld;
  try {
    const hadServer = await stopServer(layout);
    const hadOthers = await stopOtherServers(layout);
    const hadServices = await stopServices(layout);
    return hadServer || hadOthers || hadServices ? 'stopped' : 'not running';
  } finally {
    await turn.release();
  }
}

/** Found by its claim, which it holds from the start, even if its record is lost. */
async function stopServer(layout: Layout): Promise<boolean> {
  const server = await holderOf(layout);
  if (!server) return false;
  await signalProcess(server, 'SIGTERM');
  if (await endsWithin(server, serverMs)) return true;
  await signalProcess(server, 'SIGKILL');
  if (await endsWithin(server, serverMs)) return true;
  throw new Error(`The server, process ${server.pid}, does not end. End it manually: kill -9 ${server.pid}`);
}

/**
 * Ends servers whose folder was deleted while they ran. A server that starts ends only earlier ones: a later one waits for its
 * turn, and then finds this server.
 */
export function stopOtherServers(layout: Layout): Promise<boolean> {
  const own = ownMark();
  const isOther = ({ name }: Mark): boolean => own?.kind !== 'server' || Number(name) < Number(own.name);
  return endStrays(layout, serverMs, (mark) => mark.kind === 'server' && isOther(mark));
}

/** Ends what a killed server left. No server runs, and none can start meanwhile. */
async function stopServices(layout: Layout): Promise<boolean> {
  const isThere = existsSync(layout.root);
  const hold = isThere ? await holdWhereWritable(() => holdDirectory(layout)) : nothingHeld;
  try {
    const found = await endStrays(layout, leftoverGraceMs);
    return (isThere && (await forgetStopped(layout))) || found;
  } finally {
    await hold.release();
  }
}

/** Records that cannot be deleted do no harm: they name processes that have ended. */
async function forgetStopped(layout: Layout): Promise<boolean> {
  const had: boolean[] = [];
  const steps = [
    async () => had.push(await stopAllLeftovers(layout, leftoverGraceMs)),
    async () => had.push(await stopIngressProcess(layout)),
    async () => had.push(await commandsOf(layout).clean()),
    () => rm(layout.record, { force: true }),
  ];
  await allOf(steps).catch((error: unknown) => {
    if (!isUnwritable(error)) throw error;
  });
  return had.includes(true);
}

const nothingHeld: Hold = { release: async () => undefined };

/** If nothing can be written, no one else can hold a claim either, and no server can start. */
async function holdWhereWritable(hold: () => Promise<Hold>): Promise<Hold> {
  try {
    const held = await hold();
    return { release: () => held.release().catch(unlessUnwritable) };
  } catch (error) {
    unlessUnwritable(error);
    return nothingHeld;
  }
}

function unlessUnwritable(error: unknown): void {
  if (!isUnwritable(error)) throw error;
}
