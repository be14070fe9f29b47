import { access, rm } from 'node:fs/promises';
import { holdDirectory, holdStart } from './hold-directory.js';
import { layoutOf, type Layout } from './layout.js';
import { endsWithin } from './ends-within.js';
import { readPlatform } from './platform-record.js';
import { isAlive } from './process/process-group.js';
import { stopAllLeftovers } from './running/leftovers.js';
import { recordedPlaces } from './running/process-record.js';
import { requireSupportedSystem } from './supported-system.js';

/** Longer than a server gives its services. */
const serverMs = 20_000;
const leftoverGraceMs = 5_000;

/**
 * Stops the server of a folder and every service, also services that a killed server left running. Its apps stay on the
 * disk: the next server runs them again.
 * @throws Error when something cannot be stopped, or a server is being started at this moment.
 */
export async function stopPlatform(directory: string): Promise<'stopped' | 'not running'> {
  requireSupportedSystem();
  const layout = layoutOf(directory);
  if (!(await exists(layout.root))) return 'not running';
  const turn = await holdStart(layout);
  try {
    const hadServer = await stopServer(layout);
    const hadServices = await stopServices(layout);
    return hadServer || hadServices ? 'stopped' : 'not running';
  } finally {
    await turn.release();
  }
}

async function stopServer(layout: Layout): Promise<boolean> {
  const record = await readPlatform(layout.root);
  if (!record || !(await isAlive(record.identity))) return false;
  const { identity } = record;
  process.kill(identity.pid, 'SIGTERM');
  if (await endsWithin(identity, serverMs)) return true;
  process.kill(identity.pid, 'SIGKILL');
  if (await endsWithin(identity, serverMs)) return true;
  throw new Error(
    `The server, process ${identity.pid}, does not end. End it by hand: kill -9 ${identity.pid}`,
  );
}

/** With the server gone and none able to start: what a killed one left. */
async function stopServices(layout: Layout): Promise<boolean> {
  const hold = await holdStopped(layout);
  try {
    const left = await recordedPlaces(layout.run);
    await stopAllLeftovers(layout.run, leftoverGraceMs);
    await rm(layout.record, { force: true });
    return left.length > 0;
  } finally {
    await hold.release();
  }
}

/** A server that was just being started, by somebody who was killed, shows itself only now. */
async function holdStopped(layout: Layout): ReturnType<typeof holdDirectory> {
  try {
    return await holdDirectory(layout);
  } catch (error) {
    if (await stopServer(layout)) return holdDirectory(layout);
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
