import { redactor } from '@odoobo/app-platform/spec';
import type { WebSocket } from 'ws';
import { isUnderWay } from '../deployments/phases.js';
import { logFile, logFiles, type LogType } from '../logs/log-folder.js';
import { formatPositions, parsePositions } from '../logs/log-position.js';
import { readAll } from '../logs/read-log.js';
import type { DeploymentRecord } from '../state/app-record.js';
import type { ApiContext } from './context.js';
import { allComponents, type LogPlace } from './log-address.js';
import { secretsOf } from './log-secrets.js';
import { componentNames } from './logs.js';
import { stamped } from './stamped-log.js';

/** How much may wait to be sent to one client; more of the log is read once it is sent. */
const highWaterBytes = 256 * 1024;

export interface LiveLogAsked {
  place: LogPlace;
  deployment: DeploymentRecord;
  tailLines: number | undefined;
  /** The last position that the client received before it was interrupted. */
  position: string | undefined;
}

/**
 * Sends a log as it grows, in frames of `{"data": "component timestamp line\n"}`, until nothing more can be written to it
 * (close code 1000), the client leaves, or the platform closes (1001). Each frame also has a `position`: an interrupted client
 * adds it to the address to continue after it.
 * @throws Error when a file cannot be read, after closing the socket with 1011
 */
export async function streamLog(
  client: WebSocket,
  context: ApiContext,
  { place, deployment, tailLines, position }: LiveLogAsked,
): Promise<void> {
  const left = new AbortController();
  client.once('close', () => left.abort());
  client.on('error', () => client.terminate());
  keepAlive(client);
  const signal = AbortSignal.any([left.signal, context.closing]);
  const redact = redactor(secretsOf(context, place.app, deployment));
  const positions = parsePositions(position ?? '');
  const send = async (component: string) => {
    const files = logFiles(context.logs, deployment.id, component, place.type);
    const earlier = logFile(context.logs, deployment.id, component, 'RUN_RESTARTED');
    const isOver = () => !mayStillWrite(context, { ...place, component });
    const reached = positions.get(component);
    const after = reached && { position: reached, earlier };
    // If a component had printed nothing before the interruption, its whole log is new.
    const lastLines = position === undefined ? tailLines : undefined;
    const options = { tailLines: lastLines, follow: { signal, isOver, after }, caps: context.caps };
    for await (const { text, line } of stamped(component, readAll(files, options), redact)) {
      if (line) positions.set(component, line.position());
      await sendFrame(client, JSON.stringify({ data: text, position: formatPositions(positions) }));
    }
  };
  const components = place.component === allComponents ? componentNames(deployment) : [place.component];
  try {
    await Promise.all(components.map(send));
    client.close(context.closing.aborted ? 1001 : 1000);
  } catch (error) {
    client.close(1011, 'The log could not be read.');
    throw error;
  }
}

/** Resolves at once; when the client is slow, as soon as it has received what waits. */
function sendFrame(client: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve) => {
    // Also called when the connection ends first.
    client.send(frame, () => resolve());
    if (client.bufferedAmount < highWaterBytes) resolve();
  });
}

/** Until when each log is written. */
const open: Record<LogType, (deployment: DeploymentRecord) => boolean> = {
  BUILD: ({ phase }) => phase === 'PENDING_BUILD' || phase === 'BUILDING',
  DEPLOY: isUnderWay,
  RUN: (deployment) => isUnderWay(deployment) || deployment.phase === 'ACTIVE',
  RUN_RESTARTED: (deployment) => isUnderWay(deployment) || deployment.phase === 'ACTIVE',
};

function mayStillWrite(
  { store, progression }: ApiContext,
  { app, deployment: id, component, type }: LogPlace,
): boolean {
  const deployment = store.get(app)?.deployments.find((one) => one.id === id);
  if (deployment === undefined) return false;
  // A replaced process prints until it has ended.
  if (!open[type](deployment)) return type === 'RUN' && progression.mayPrint(id, component);
  const runs = (deployment.invocations ?? []).filter(({ job }) => job === component);
  return runs.length === 0 || runs.some(({ completedAt }) => completedAt === undefined);
}

interface Patience {
  /** Between two pings. */
  pingMs: number;
  /** How long a client may leave pings unanswered; long enough for a slow reader, which answers late. */
  deafMs: number;
}

const patience: Patience = { pingMs: 30_000, deafMs: 5 * 60_000 };

/** Pings a client as long as it is connected, and ends the connection of one that does not answer any more. */
export function keepAlive(client: WebSocket, { pingMs, deafMs } = patience): void {
  let heard = performance.now();
  client.on('pong', () => (heard = performance.now()));
  const timer = setInterval(() => {
    if (performance.now() - heard > deafMs) client.terminate();
    else client.ping();
  }, pingMs);
  client.once('close', () => clearInterval(timer));
}
