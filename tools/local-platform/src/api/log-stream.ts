import { redactor } from '@odoobo/app-platform/spec';
import type { WebSocket } from 'ws';
import { isUnderWay } from '../deployments/phases.js';
import { logFile, type LogType } from '../logs/log-folder.js';
import { readLog } from '../logs/read-log.js';
import type { DeploymentRecord } from '../state/app-record.js';
import type { ApiContext } from './context.js';
import { keepAlive } from './keep-alive.js';
import { allComponents, type LogPlace } from './log-address.js';
import { componentNames } from './logs.js';

/** What may wait to be sent to one client; more of the log is read when it has gone out. */
const highWaterBytes = 256 * 1024;

export interface LiveLogAsked {
  place: LogPlace;
  deployment: DeploymentRecord;
  tailLines: number | undefined;
}

/**
 * Sends a log as it grows, in frames of `{"data": "component timestamp line\n"}`, until nothing more can be written to it
 * (close code 1000), the client leaves, or the platform closes (1001).
 * @throws Error when a file cannot be read, after closing the socket with 1011
 */
export async function streamLog(
  client: WebSocket,
  context: ApiContext,
  { place, deployment, tailLines }: LiveLogAsked,
): Promise<void> {
  const left = new AbortController();
  client.once('close', () => left.abort());
  client.on('error', () => client.terminate());
  keepAlive(client);
  const signal = AbortSignal.any([left.signal, context.closing]);
  const redact = redactor(context.secrets.open(deployment.spec));
  const send = async (component: string) => {
    const file = logFile(context.logs, deployment.id, component, place.type);
    const isOver = () => !mayStillWrite(context, { ...place, component });
    const lines = readLog(file, { tailLines, follow: { signal, isOver }, caps: context.caps });
    for await (const text of redact.stream(lines))
      for (const line of text.split(/(?<=\n)/)) await sendFrame(client, frameOf(component, line));
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

/** Resolves at once, or when the client is slow as soon as it has taken what waits. */
function sendFrame(client: WebSocket, frame: string): Promise<void> {
  return new Promise((resolve) => {
    // Also called when the connection ends first.
    client.send(frame, () => resolve());
    if (client.bufferedAmount < highWaterBytes) resolve();
  });
}

/** The platform's own lines begin with their time; one that a service printed gets that at which it was read. */
function frameOf(component: string, line: string): string {
  const stamped = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /.test(line);
  const text = stamped ? line : `${new Date().toISOString()} ${line}`;
  return JSON.stringify({ data: `${component} ${text}${text.endsWith('\n') ? '' : '\n'}` });
}

/** Until when each log is written. */
const open: Record<LogType, (deployment: DeploymentRecord) => boolean> = {
  BUILD: ({ phase }) => phase === 'PENDING_BUILD' || phase === 'BUILDING',
  DEPLOY: isUnderWay,
  RUN: (deployment) => isUnderWay(deployment) || deployment.phase === 'ACTIVE',
  RUN_RESTARTED: (deployment) => isUnderWay(deployment) || deployment.phase === 'ACTIVE',
};

function mayStillWrite({ store }: ApiContext, { app, deployment: id, component, type }: LogPlace): boolean {
  const deployment = store.get(app)?.deployments.find((one) => one.id === id);
  if (deployment === undefined || !open[type](deployment)) return false;
  const runs = (deployment.invocations ?? []).filter(({ job }) => job === component);
  return runs.length === 0 || runs.some(({ completedAt }) => completedAt === undefined);
}
