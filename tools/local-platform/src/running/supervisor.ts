import { runner } from '@odoobo/machine/package-manager';
import { setTimeout as delay } from 'node:timers/promises';
import { untilUnhealthy } from '../health/health-check.js';
import type { LogType } from '../logs/log-folder.js';
import { aborted } from './aborted.js';
import type { ComponentRun } from './component-run.js';
import { livenessCheckOf } from './component-spec.js';
import { causeOf, type End, endedUnseen, howItEnded, noteRestart, notStartedAgain } from './end.js';
import type { InstanceRun } from './instance-run.js';
import { waitUntilReady } from './ready.js';

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
