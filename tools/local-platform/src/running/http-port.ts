import type { Service } from '@odoobo/app-platform/spec';
import { setTimeout as delay } from 'node:timers/promises';
import { probe } from '../health/probe.js';
import { readTail } from '../logs/read-log.js';
import { type Listener, listenerOn, listenersOf } from '../process/listeners.js';
import type { ProcessGroup } from '../process/process-group.js';
import { placeOf } from '../state/process-record.js';
import { httpPortOf, otherPortsOf } from './component-spec.js';
import type { InstanceRun } from './instance-run.js';

/** Most services listen on their PORT by the first look, which costs a look at all processes. */
const firstLookMs = 400;
const longestPauseMs = 3_000;
const connectMs = 1_000;

/**
 * Resolves with the http_port of a service once it listens there and not on its PORT: on App Platform the two are the same, and
 * many services have it in their code. Never resolves for others, nor where the system does not say who listens.
 * @throws AbortError when the signal is aborted
 */
export async function untilOnHttpPort(
  group: ProcessGroup,
  { port, wanted }: { port: number; wanted: number },
  signal: AbortSignal,
): Promise<number> {
  for (let pause = firstLookMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    await delay(pause, undefined, { signal });
    if (!(await isTaken(wanted, signal))) continue;
    const ports = (await listenersOf(group)).map((listener) => listener.port);
    if (ports.includes(wanted) && !ports.some((one) => one === port)) return wanted;
  }
}

/** Connects, because listening there for a moment would keep the service from it. */
async function isTaken(port: number, signal = new AbortController().signal): Promise<boolean> {
  return (await probe({ port }, connectMs, signal)) === undefined;
}

/** How servers say that their port is taken: Node, Go, Python and most others by the system's words; gunicorn by its own. */
const inUse = /EADDRINUSE|address already in use|Connection in use/i;
const tailLines = 50;

/**
 * A sentence about a service that is not healthy because another one has its http_port, or an internal port; empty for any other.
 * @param own where its processes listen
 */
export async function takenPort(
  instance: InstanceRun,
  service: Service,
  own: readonly Listener[],
): Promise<string> {
  const { log } = instance.component;
  const printed = await readTail(log.file('RUN'), tailLines);
  if (!printed.some((line) => inUse.test(line))) return '';
  const isOthers = async (port: number) =>
    !own.some((listener) => listener.port === port) && (await isTaken(port));
  const port = httpPortOf(service);
  if (await isOthers(port))
    return ` It does not listen on its PORT but on ${port}, which ${await holderOf(port, instance)} on this machine. Let one of them read the variable PORT.`;
  for (const other of otherPortsOf(service))
    if (await isOthers(other))
      return ` Its internal port ${other} is taken: ${await holderOf(other, instance)} it on this machine.`;
  return '';
}

async function holderOf(port: number, { component: { runtime } }: InstanceRun): Promise<string> {
  const { app = '', name = '' } = (await listenerOn(port)) ?? {};
  const holder = placeOf(name)?.component;
  return holder === undefined
    ? 'another program has'
    : `"${holder}" of app "${runtime.store.get(app)?.spec.name ?? app}" has`;
}
