import { setTimeout as delay } from 'node:timers/promises';
import type { LogCaps } from './log-caps.js';

const everyMs = 250;
/** After a log was cut: what prints that much usually continues. */
const againMs = 10;
/** The largest part of the process's time that looking at very many logs may take. */
const part = 0.05;

/** Looks repeatedly at logs that grow, and cuts those that are too large. */
export class LogWatch {
  readonly #stopped = new AbortController();
  #watching: Promise<void> | undefined;
  #reported = '';

  /** @param growing the logs that something may write to at the moment */
  constructor(
    private readonly growing: () => Promise<readonly string[]>,
    private readonly caps: LogCaps,
    private readonly warn: (message: string) => void,
  ) {}

  start(): void {
    this.#watching ??= this.#watch();
  }

  /** Resolves when no log is being cut any more. Safe to repeat. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const since = performance.now();
      const wasCut = await this.#look().catch((error: Error) => this.#report(error.message));
      const pauseMs = wasCut ? againMs : Math.max(everyMs, (performance.now() - since) / part);
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @returns whether a log was too large */
  async #look(): Promise<boolean> {
    const wasCut = await this.caps.cut(await this.growing());
    this.#reported = '';
    return wasCut;
  }

  /** Reports the same problem once: it returns with every look. */
  #report(trouble: string): false {
    if (trouble !== this.#reported) this.warn(`Logs that are too large could not be trimmed: ${trouble}`);
    this.#reported = trouble;
    return false;
  }
}
