import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cutFront } from './cut-front.js';
import { type LogLimit, printedLimit } from './log-limits.js';
import { LogTimes } from './log-times.js';

/** What processes print to, without a time. */
export const printedLogs: readonly string[] = ['run.log', 'run_restarted.log', 'build.log'];

const waitMs = 5;

interface Cuts {
  /** Goes up when a cut begins and when it ends, so it is odd during one. */
  version: number;
  /** How far everything has moved forward in the file since this process began. */
  shifted: number;
}

const neverCut: Cuts = { version: 0, shifted: 0 };

/** Looks after logs that grow: cuts those that are too large, and informs readers of a log where to continue. */
export class LogCaps {
  /** When their lines were written. */
  readonly times = new LogTimes();
  /** By the number of the file, which stays with it when it gets another name. */
  readonly #cuts = new Map<number, Cuts>();
  /** Those that are being cut. */
  readonly #turns = new Map<string, Promise<boolean>>();

  constructor(private readonly limit: LogLimit = printedLimit) {}

  /**
   * Cuts the files that are too large, and records the size of each.
   * @returns whether any was. @throws AggregateError for those that cannot be cut
   */
  async cut(files: readonly string[], limit = this.limit): Promise<boolean> {
    const cuts = await Promise.allSettled(files.map((file) => this.#inTurn(file, limit)));
    const failed = cuts.filter((one) => one.status === 'rejected').map(({ reason }) => reason as Error);
    if (failed.length > 0) throw new AggregateError(failed, failed.map(({ message }) => message).join('; '));
    return cuts.some((one) => one.status === 'fulfilled' && one.value);
  }

  /**
   * Returns the result of `read`, which is called again until no cut came in between.
   * @param read gets the distance by which everything has moved forward in the file
   */
  async steady<T>(file: number, read: (shifted: number) => Promise<T>): Promise<T> {
    for (;;) {
      const { version, shifted } = this.#of(file);
      const isBusy = version % 2 === 1;
      if (isBusy) await delay(waitMs);
      const result = isBusy ? undefined : { value: await read(shifted) };
      if (result && this.#of(file).version === version) return result.value;
    }
  }

  /** Two cuts of one file at once would take too much out of it. */
  async #inTurn(file: string, limit: LogLimit): Promise<boolean> {
    const before = this.#turns.get(file);
    const turn = (before ?? Promise.resolve(false))
      .catch(() => undefined)
      .then(() => this.#look(file, limit));
    this.#turns.set(file, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(file) === turn) this.#turns.delete(file);
    }
  }

  async #look(file: string, limit: LogLimit): Promise<boolean> {
    const found = await stat(file).catch(() => undefined);
    if (found && printedLogs.includes(basename(file))) await this.times.note(file, found);
    return found !== undefined && found.size > limit.most && (await this.#cut(file, found.ino, limit));
  }

  async #cut(file: string, ino: number, limit: LogLimit): Promise<boolean> {
    const { version, shifted } = this.#of(ino);
    this.#cuts.set(ino, { version: version + 1, shifted });
    let shift: number | undefined;
    try {
      shift = await cutFront(file, limit);
      await this.times.cut(file, shift ?? 0);
      return shift !== undefined;
    } finally {
      this.#cuts.set(ino, { version: version + 2, shifted: shifted + (shift ?? 0) });
    }
  }

  #of(file: number): Cuts {
    return this.#cuts.get(file) ?? neverCut;
  }
}
