import { setTimeout as delay } from 'node:timers/promises';
import type { RunningService, ServiceRun } from './service-run.js';

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A service that ran this long was fine: its next restart comes as soon as the first. */
const settledMs = 60_000;

/** Keeps the live service of an app running: one that ends is started again, ever later while it keeps ending. */
export class Supervisor {
  readonly #stopped = new AbortController();
  readonly #watch: Promise<void>;
  #current: RunningService | undefined;

  /**
   * @param current What runs now; undefined when the first thing to do is a restart.
   * @param serve Called with each new process once it is healthy.
   */
  constructor(
    readonly run: ServiceRun,
    current: RunningService | undefined,
    private readonly serve: (service: RunningService) => void,
  ) {
    this.#current = current;
    this.#watch = this.#keepRunning();
  }

  /** Restarts nothing from now on, and ends the service once `drained` resolves. Safe to repeat. */
  async stop(graceMs: number, drained?: Promise<void>): Promise<void> {
    this.#stopped.abort();
    await this.#watch;
    await drained;
    const service = this.#current;
    this.#current = undefined;
    if (service) await this.run.stop(service, graceMs);
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

  async #untilItEnds(signal: AbortSignal): Promise<void> {
    if (!this.#current) return;
    const exit = await Promise.race([this.#current.group.exited, aborted(signal)]);
    signal.throwIfAborted();
    const how = exit?.signal ? ` by ${exit.signal}` : exit?.code === null ? '' : ` with code ${exit?.code}`;
    await this.run.log.write('RUN', `[local-platform] the service ended${how}; it is started again`);
    await this.#clear();
  }

  async #restart(pause: number, signal: AbortSignal): Promise<void> {
    await delay(pause, undefined, { signal });
    this.#current = await this.run.start();
    await this.run.waitUntilHealthy(this.#current, signal);
    signal.throwIfAborted();
    this.serve(this.#current);
  }

  /** This attempt failed; the next one follows. */
  async #giveUp(error: Error): Promise<void> {
    await this.run.log.write('RUN', `[local-platform] the restart failed: ${error.message}`);
    await this.#clear().catch((problem: Error) =>
      this.run.log.write('RUN', `[local-platform] ${problem.message}`),
    );
  }

  /** Ends what is left of the service: its children may still hold files. */
  async #clear(): Promise<void> {
    const service = this.#current;
    this.#current = undefined;
    if (service) await this.run.stop(service, 0);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Exponential, with jitter so that services that fell together do not get up together. */
function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.5 + Math.random() / 2);
}
