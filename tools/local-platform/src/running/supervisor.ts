import { setTimeout as delay } from 'node:timers/promises';
import { untilUnhealthy } from '../health/liveness.js';
import type { Exit } from '../process/process-group.js';
import { aborted } from './aborted.js';
import { livenessCheckOf } from './component-spec.js';
import { DeploymentFailure } from './failure.js';
import type { InstanceRun } from './instance-run.js';
import { waitUntilReady } from './ready.js';

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** An instance that ran this long was fine: its next restart comes as soon as the first. */
const settledMs = 60_000;

/** Whoever sends requests to an instance, or not. */
export interface Watcher {
  /**
   * It is about to be asked to end, and has `graceMs` then for what is under way. Resolves when it is sent no request any
   * more.
   */
  leaves(instance: InstanceRun, graceMs: number): Promise<void>;
  /** It is gone. */
  down(instance: InstanceRun): void;
  /** It is healthy again. */
  up(instance: InstanceRun): void;
}

/** Keeps an instance of what is live running: one that ends is started again, ever later while it keeps ending. */
export class Supervisor {
  readonly #stopped = new AbortController();
  readonly #watch: Promise<void>;

  /** Where nothing runs yet, the first thing to do is a restart. */
  constructor(
    readonly instance: InstanceRun,
    private readonly watcher: Watcher,
  ) {
    this.#watch = this.#keepRunning();
  }

  /** Restarts nothing from now on, and ends the instance. Safe to repeat. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped.abort();
    await this.#watch;
    await this.#end(graceMs);
  }

  /** What it has under way goes on until it ends, or its grace period does. */
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

  /** Until it ends by itself, or has to be ended because it does not live any more. */
  async #untilItEnds(signal: AbortSignal): Promise<void> {
    const { group, component } = this.instance;
    if (!group) return;
    const over = new AbortController();
    const within = AbortSignal.any([signal, over.signal]);
    const exited = group.exited.then((exit) => ({ what: howItEnded(exit), alive: false }));
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
    await this.#nextLog(`${end?.what ?? 'ended'}; it is started again`);
  }

  /** Never resolves where the spec asks for no check. */
  async #untilUnhealthy(signal: AbortSignal): Promise<{ what: string; alive: boolean } | undefined> {
    const { component, port } = this.instance;
    const check = livenessCheckOf(component.component, port);
    if (check === undefined) return aborted(signal);
    const what = await untilUnhealthy(check, signal).catch(() => undefined);
    return what === undefined ? undefined : { what, alive: true };
  }

  /** Never resolves before it holds too much. Its grace would be time to take more. */
  async #untilOutOfMemory(signal: AbortSignal): Promise<{ what: string; alive: boolean } | undefined> {
    const held = await this.instance.untilOutOfMemory(signal);
    if (held === undefined) return aborted(signal);
    const what = `was ended: ContainerOutOfMemory: it ${held}`;
    // Also at the end of what it printed, which is where its last words are looked for.
    if (this.instance.alone) await this.#say(what);
    return { what, alive: false };
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
    await this.instance.stop(0).catch((problem: Error) => this.#say(problem.message));
    const code = error instanceof DeploymentFailure ? `${error.code}: ` : '';
    await this.#nextLog(`could not be started again: ${code}${error.message}`);
  }

  /**
   * What the process printed becomes RUN_RESTARTED, as on App Platform. Of several instances it stays in RUN: they write to
   * one log, in which nobody can tell the lines of one from those of the others.
   */
  async #nextLog(message: string): Promise<void> {
    const { component, alone } = this.instance;
    if (alone) await component.log.restart();
    await this.#say(message);
  }

  async #say(message: string): Promise<void> {
    const { component, name, alone } = this.instance;
    const which = alone ? `the ${component.component.kind}` : name;
    await component.log.write('RUN', `[local-platform] ${which} ${message}`);
  }
}

function howItEnded({ code, signal }: Exit): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === null ? 'ended' : `ended with code ${code}`;
}

/** Exponential, with jitter so that instances that fell together do not get up together. */
function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
}
