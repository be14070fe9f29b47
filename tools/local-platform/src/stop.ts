import { access, rm } from 'node:fs/promises';
import { holdDirectory, holderOf, holdStart } from './hold-directory.js';
import { stopIngressProcess } from './ingress-process/stop-ingress-process.js';
import { layoutOf, type Layout } from './layout.js';
import { endsWithin } from './ends-within.js';
import type { ProcessIdentity } from './process/process-group.js';
import { stopAllLeftovers } from './running/leftovers.js';
import { recordedPlaces } from './running/process-record.js';
import { commandsOf } from './sources/commands.js';
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

/** Found by its claim, which it holds from its first moment on, and whatever has become of its record. */
async function stopServer(layout: Layout): Promise<boolean> {
  const server = await holderOf(layout);
  if (!server) return false;
  send('SIGTERM', server);
  if (await endsWithin(server, serverMs)) return true;
  send('SIGKILL', server);
  if (await endsWithin(server, serverMs)) return true;
  throw new Error(`The server, process ${server.pid}, does not end. End it by hand: kill -9 ${server.pid}`);
}

/** It may end by itself at this very moment. */
function send(signal: NodeJS.Signals, { pid }: ProcessIdentity): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** With the server gone and none able to start: what a killed one left. */
async function stopServices(layout: Layout): Promise<boolean> {
  const hold = await holdDirectory(layout);
  try {
    const left = await recordedPlaces(layout.run);
    await stopAllLeftovers(layout.run, leftoverGraceMs);
    const hadIngress = await stopIngressProcess(layout);
    const hadBuilds = await commandsOf(layout).clean();
    await rm(layout.record, { force: true });
    return left.length > 0 || hadIngress || hadBuilds;
  } finally {
    await hold.release();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
