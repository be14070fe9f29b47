import { errorIn } from '@odoobo/app-platform/follow';
import { runner } from '@odoobo/machine/package-manager';
import { setTimeout as delay } from 'node:timers/promises';
import { DeploymentFailure } from '../deployments/failure.js';
import { untilUnhealthy } from '../health/health-check.js';
import { isOwnLine, type LogType } from '../logs/log-folder.js';
import { readTail } from '../logs/read-log.js';
import type { Exit } from '../process/process-group.js';
import { aborted } from './aborted.js';
import type { ComponentRun } from './component-run.js';
import { livenessCheckOf } from './component-spec.js';
import type { InstanceRun } from './instance-run.js';
import { logSaysWhy, waitUntilReady } from './ready.js';
import { RecordedDeployment } from './recorded-deployment.js';

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** An instance that ran this long was healthy: its next restart comes as soon as the first. */
const settledMs = 60_000;

/** Notified of the state of an instance, to send it requests or not. */
export interface Watcher {
  /**
   * The instance is about to be asked to end, and then has `graceMs` for requests in progress. Resolves when it is sent no more
   * requests.
   */
  leaves(instance: InstanceRun, graceMs: number): Promise<void>;
  /** It is gone. */
  down(instance: InstanceRun): void;
  /** It is healthy again. */
  up(instance: InstanceRun): void;
}

/** Keeps a live instance running: one that ends is restarted, with growing delays while it keeps ending. */
export class Supervisor {
  readonly #stopped = new AbortController();
  readonly #watch: Promise<void>;
  #lost: boolean;

  /** Where nothing runs yet, the first thing to do is a restart. */
  constructor(
    readonly instance: InstanceRun,
    private readonly watcher: Watcher,
  ) {
    this.#lost = instance.isLost;
    this.#watch = this.#keepRunning();
  }

  /** Restarts nothing from now on. Safe to repeat. */
  async letGo(): Promise<void> {
    this.#stopped.abort();
    await this.#watch;
  }

  /** Restarts nothing from now on, and ends the instance. Safe to repeat. */
  async stop(graceMs: number): Promise<void> {
    await this.letGo();
    await this.#end(graceMs);
  }

  /** Its requests in progress continue until it ends, or its grace period does. */
  async #end(graceMs: number): Promise<void> {
    if (this.instance.group) await this.watcher.leaves(this.instance, graceMs);
    await this.instance.stop(graceMs);
    this.watcher.down(this.instance);
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopped;
    for (let failures = 0; !signal.aborted; failures++) {
      const since = performance.now();
      try {
        await this.#untilItEnds(signal);
        if (performance.now() - since > settledMs) failures = 0;
        await this.#restart(pauseMs(failures), signal);
      } catch (error) {
        if (!signal.aborted) await this.#giveUp(error as Error);
      }
    }
  }

  /** Until it ends by itself, or has to be ended because it fails its liveness check. */
  async #untilItEnds(signal: AbortSignal): Promise<void> {
    const { group, component } = this.instance;
    if (!group) {
      if (this.#lost) await this.#ended(endedUnseen);
      this.#lost = false;
      return;
    }
    const over = new AbortController();
    const within = AbortSignal.any([signal, over.signal]);
    const exited = group.exited.then(howItEnded);
    const end = await Promise.race([
      exited,
      this.#untilUnhealthy(within),
      this.#untilOutOfMemory(within),
      aborted(signal),
    ]);
    over.abort();
    signal.throwIfAborted();
    if (end?.alive) await this.#end(component.graceMs);
    else {
      this.watcher.down(this.instance);
      // Its children may still hold files.
      await this.instance.stop(0);
    }
    await this.#ended(end ?? { what: 'ended', says: true });
  }

  /** Never resolves where the spec asks for no check. */
  async #untilUnhealthy(signal: AbortSignal): Promise<End | undefined> {
    const { component, port } = this.instance;
    const check = livenessCheckOf(component.component, port);
    if (check === undefined) return aborted(signal);
    const what = await untilUnhealthy(check, signal).catch(() => undefined);
    return what === undefined ? undefined : { what, alive: true };
  }

  /** Never resolves before it holds too much. It gets no grace period, in which it would take more. */
  async #untilOutOfMemory(signal: AbortSignal): Promise<End | undefined> {
    const held = await this.instance.untilOutOfMemory(signal);
    if (held === undefined) return aborted(signal);
    return { what: `was ended: ContainerOutOfMemory: it ${held}` };
  }

  async #restart(pause: number, signal: AbortSignal): Promise<void> {
    await delay(pause, undefined, { signal });
    await this.instance.start();
    await waitUntilReady(this.instance, signal);
    signal.throwIfAborted();
    this.watcher.up(this.instance);
  }

  /** This attempt failed; the next one follows. */
  async #giveUp(error: Error): Promise<void> {
    await this.instance.stop(0).catch((problem: Error) => this.#say('RUN', problem.message));
    await this.#ended(notStartedAgain(error));
  }

  /**
   * Moves the output of the process to the end of RUN_RESTARTED, as on App Platform, followed by how it ended; the next RUN
   * begins with that, too.
   */
  async #ended(end: End): Promise<void> {
    const { component, alone } = this.instance;
    const cause = await causeOf(end, this.instance);
    await component.log.restart(component.runtime.caps, !alone);
    await this.#say('RUN_RESTARTED', cause);
    await this.#say('RUN', `${cause}; it is restarted. Its last output: ${logsCommand(component)}`);
    await noteRestart(this.instance, cause);
  }

  async #say(type: LogType, message: string): Promise<void> {
    const { component, name, alone } = this.instance;
    const which = alone ? `the ${component.component.kind}` : name;
    await component.log.write(type, `[local-platform] ${which} ${message}`);
  }
}

function logsCommand({ deployment }: ComponentRun): string {
  return `${runner} local-platform logs ${deployment.spec.name} --type=restarted`;
}

/** Exponential, with jitter so that instances that failed together do not restart together. */
function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** How many of the last lines are looked through for why it ended. */
const tailLines = 50;

/** How an instance of the live deployment ended. */
interface End {
  what: string;
  /** It still runs, and is to be ended. */
  alive?: boolean;
  /** It ended by itself, and may have said why. */
  says?: boolean;
}

/** Signals by which others end a process. */
const fromOutside = ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

function howItEnded({ code, signal }: Exit): End {
  if (signal !== null) return { what: `ended by ${signal}`, says: !fromOutside.includes(signal) };
  return code === null
    ? { what: 'ended', says: true }
    : { what: `ended with code ${code}`, says: code !== 0 };
}

/** A process that an earlier platform started, and that this one no longer found. */
const endedUnseen: End = { what: 'ended while no platform was running', says: true };

/** A process that could not be restarted. */
function notStartedAgain(error: Error): End {
  const { code } = error instanceof DeploymentFailure ? error : {};
  const message = error.message.replace(logSaysWhy, '').replace(/\.? *$/, '');
  return {
    what: `could not be restarted: ${code ? `${code}: ` : ''}${message}`,
    says: code === 'DeployContainerExitNonZero',
  };
}

/** A description with the line in which the process gives the reason; without secrets. Call it before its log is moved. */
async function causeOf({ what, says }: End, { component }: InstanceRun): Promise<string> {
  const printed = says ? await readTail(component.log.file('RUN'), tailLines) : [];
  const line = errorIn(printed.filter((one) => !isOwnLine(one)));
  return component.redact(line === undefined ? what : `${what}: ${line}`);
}

/** Counts a restart in the record of the deployment, which stays on the disk. */
async function noteRestart({ component, name }: InstanceRun, cause: string): Promise<void> {
  const { runtime, appId, deployment } = component;
  const record = new RecordedDeployment(runtime.store, appId, deployment.id);
  await record
    .note((one, at) => {
      const count = (one.restarts?.[name]?.count ?? 0) + 1;
      return {
        ...one,
        restarts: { ...one.restarts, [name]: { component: component.name, count, at, cause } },
      };
    })
    .catch((error: Error) => runtime.warn(`A restart of ${name} could not be recorded: ${error.message}`));
}
