import type { Service } from '@odoobo/app-platform/spec';
import { setTimeout as delay } from 'node:timers/promises';
import { DeploymentFailure } from '../deployments/failure.js';
import { type HealthOutcome, waitUntilHealthy } from '../health/health-check.js';
import { isOwnLine } from '../logs/log-folder.js';
import { readTail } from '../logs/read-log.js';
import { type Listener, listenersOf } from '../process/listeners.js';
import { describeExit, type Exit, type ProcessGroup } from '../process/process-group.js';
import type { ComponentRun } from './component-run.js';
import { healthCheckOf, httpPortOf } from './component-spec.js';
import { takenPort, untilOnHttpPort } from './http-port.js';
import type { InstanceRun } from './instance-run.js';

/** How many lines of a failing component's output go into the deploy log. */
const tailLines = 50;

/** What a failure says of a process that has printed something. */
export const logSaysWhy = 'Its last log lines say why.';

/**
 * App Platform has no health check for workers: one is deployed as soon as its container runs. A container that ends at
 * once shows in its restarts there, and within this time here.
 */
const workerSettlesMs = 1000;

/**
 * Waits until a service passes its health check, or a worker has been up for a moment.
 * @throws DeploymentFailure when it does not, its process ends, or it takes too much memory; the reason of `signal`.
 */
export async function waitUntilReady(instance: InstanceRun, signal: AbortSignal): Promise<void> {
  const { component, group, port } = instance;
  if (group === undefined) throw new Error(`Nothing runs for ${instance.name}.`);
  const { component: one } = component;
  const outcome = await withinMemory(instance, signal, (within) =>
    one.kind === 'service' && port !== undefined
      ? untilHealthy(instance, one.spec, { port, group, signal: within })
      : staysUp(group, within),
  );
  if (outcome.healthy) return;
  const exit = outcome.reason === 'DeployContainerExitNonZero' ? await group.exited : undefined;
  const listeners = exit || port === undefined ? [] : await listenersOf(group);
  const taken = one.kind === 'service' ? await takenPort(instance, one.spec, listeners) : '';
  // A service of several processes may run on without the one whose port is taken, and listen elsewhere for other reasons.
  const why = taken === '' && port !== undefined ? listensElsewhere(listeners, port) : taken;
  throw await failureOf(component, outcome.reason, `${outcome.message}${why}`, exit);
}

/** Checks it on its PORT, until it is found to listen on its http_port instead, and then there. */
async function untilHealthy(
  instance: InstanceRun,
  service: Service,
  { port, group, signal }: { port: number; group: ProcessGroup; signal: AbortSignal },
): Promise<HealthOutcome> {
  const { exited } = group;
  const decided = new AbortController();
  const within = AbortSignal.any([signal, decided.signal]);
  try {
    const first = await Promise.race([
      waitUntilHealthy(healthCheckOf(service, port), { exited, signal: within }),
      untilOnHttpPort(group, { port, wanted: httpPortOf(service) }, within),
    ]);
    if (typeof first !== 'number') return first;
    await instance.moveTo(first);
  } finally {
    decided.abort();
  }
  return waitUntilHealthy(healthCheckOf(service, instance.port ?? port), { exited, signal });
}

/** Addresses that a connection to 127.0.0.1 reaches. */
const reachable = ['127.0.0.1', '0.0.0.0', '::'];

/** A sentence about a service that listens, but not where it is expected; empty for any other. */
function listensElsewhere(listeners: readonly Listener[], port: number): string {
  const there = listeners.filter((listener) => listener.port === port);
  if (listeners.length === 0 || there.some(({ address }) => reachable.includes(address))) return '';
  const [first] = there;
  if (first)
    return ` It listens on ${first.address} only, which 127.0.0.1 does not reach: let it listen on 0.0.0.0.`;
  const ports = [...new Set(listeners.map((listener) => listener.port))].sort((a, b) => a - b);
  return ` It listens on port ${ports.join(' and ')}, but PORT is ${port}: let it read the variable PORT.`;
}

/**
 * Runs work that waits for an instance. If the instance exceeds its memory, ends it and aborts the work.
 * @throws DeploymentFailure then; what the work throws
 */
export async function withinMemory<T>(
  instance: InstanceRun,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  try {
    const working = work(within);
    const held = await Promise.race([instance.untilOutOfMemory(within), working.then(() => undefined)]);
    if (held === undefined) return await working;
    await instance.group?.stop({ graceMs: 0 });
    const { kind } = instance.component.component;
    const message = `The ${kind} ${held}. Use a larger instance_size_slug, or reduce its memory use.`;
    throw await failureOf(instance.component, 'ContainerOutOfMemory', message, undefined);
  } finally {
    over.abort();
  }
}

/** The failure of a component that ran; what it printed last goes into its deploy log. */
export async function failureOf(
  { component, log }: ComponentRun,
  reason: DeploymentFailure['code'],
  message: string,
  exit: Exit | undefined,
): Promise<DeploymentFailure> {
  const tail = await readTail(log.file('RUN'), tailLines);
  const printed = tail.some((line) => !isOwnLine(line));
  await log.write(
    'DEPLOY',
    printed
      ? `the ${component.kind} printed last:\n${tail.join('')}`
      : `the ${component.kind} printed nothing`,
  );
  // The exit codes of a POSIX shell for a command that it cannot find or execute.
  const notExecutable = exit?.code === 126 || exit?.code === 127;
  const explained = exit ? `${message} ${whereToLook(component.kind, exit, printed)}` : message;
  return new DeploymentFailure(notExecutable ? 'ContainerCommandNotExecutable' : reason, explained);
}

/** Where the user finds out why a process ended. */
function whereToLook(kind: ComponentRun['component']['kind'], { code }: Exit, printed: boolean): string {
  if (code === 0 && kind !== 'job') return `A ${kind} must keep running.`;
  return printed ? logSaysWhy : 'It printed nothing.';
}

async function staysUp({ exited }: ProcessGroup, signal: AbortSignal): Promise<HealthOutcome> {
  const settled = new AbortController();
  try {
    const wait = delay(workerSettlesMs, undefined, { signal: AbortSignal.any([signal, settled.signal]) });
    const exit = await Promise.race([exited, wait]);
    return exit ? endedEarly(exit) : { healthy: true };
  } finally {
    settled.abort();
  }
}

function endedEarly(exit: Exit): HealthOutcome {
  const seconds = workerSettlesMs / 1000;
  const message = `The worker ${describeExit(exit)} within ${seconds} s of its start.`;
  return { healthy: false, reason: 'DeployContainerExitNonZero', message };
}
