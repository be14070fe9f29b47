import { type Clock, startDeadline, systemClock } from '@odoobo/machine/time';
import { AlreadySaid, type LogFrame } from './log-frame.js';

/** The deployments of a followed app, by id. */
export interface Standing {
  live?: string | undefined;
  underWay?: string | undefined;
}

/** Where the log of an app comes from. */
export interface LogSource {
  /** Undefined when the app is gone. @throws Error when that is not known at the moment */
  look(signal: AbortSignal): Promise<Standing | undefined>;
  /** The log of a deployment as it grows, until its end. @throws NoSuchLog; Error when the connection breaks */
  open(deployment: string, from: LogStart, signal: AbortSignal): AsyncIterable<LogFrame>;
}

/** The platform has answered that there is no such log: a retry would not help. */
export class NoSuchLog extends Error {
  override readonly name = 'NoSuchLog';
}

/** Where to begin: so many lines before the end, or after the last frame that was read; otherwise at the beginning. */
export interface LogStart {
  tailLines?: number | undefined;
  position?: string | undefined;
}

/** A part of the log, or a notice for the reader. */
export type Said = { text: string } | { notice: string };

export interface FollowOptions {
  /** The name of the app, for notices. */
  app: string;
  deployment: string;
  tailLines?: number | undefined;
  /** Whether to continue with the deployment that replaces it. */
  goesOn: boolean;
  signal: AbortSignal;
  clock?: Clock;
}

/** Time between two reads of what is live. */
const lookMs = 1_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** How long a platform may be unreachable. */
const patienceMs = 5 * 60_000;
/** How often in a row a log may break off at once while the platform answers: about two minutes. */
const mostFailures = 30;
/** How many lines are requested again of a log that gives no position. */
const overlapLines = 1_000;

/**
 * The run log of an app as it grows, across lost connections, restarts of the platform and new deployments; a notice reports
 * each of these. No line is repeated. Ends when the app is deleted or has no live deployment any more.
 * @throws NoSuchLog; Error when the platform does not answer for five minutes; the reason of the signal
 */
export async function* followApp(source: LogSource, options: FollowOptions): AsyncGenerator<Said> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const said = new Merged<Said>();
  const following = new Following(source, { ...options, signal }, said);
  const work = following.run().then(
    () => said.end(),
    (error: Error) => said.fail(error),
  );
  try {
    yield* said;
  } finally {
    over.abort(new Error('The log is no longer followed.'));
    said.leave();
    await work;
  }
}

class Following {
  readonly #clock: Clock;
  /** The logs in progress, by deployment: a replaced deployment prints until it has ended. */
  readonly #reading = new Map<string, Promise<void>>();
  #lost = false;
  #failure: Error | undefined;

  constructor(
    private readonly source: LogSource,
    private readonly options: FollowOptions,
    private readonly said: Merged<Said>,
  ) {
    this.#clock = options.clock ?? systemClock;
  }

  async run(): Promise<void> {
    const { deployment, tailLines, goesOn } = this.options;
    this.#read(deployment, { tailLines });
    if (goesOn) await this.#goOn(deployment);
    await Promise.all(this.#reading.values());
    if (this.#failure) throw this.#failure;
  }

  /** Follows until the app is gone, or none of its deployments is or will be live. */
  async #goOn(first: string): Promise<void> {
    const { signal, app } = this.options;
    for (let current = first; !this.#failure;) {
      const standing = await this.#look();
      if (!standing) {
        await Promise.all(this.#reading.values());
        return this.#notice(`${app} was deleted`);
      }
      const { live, underWay } = standing;
      if (live !== undefined && live !== current) {
        await this.#notice(`deployment ${current} was replaced by ${live}; following ${live}`);
        current = live;
        this.#read(live, {});
      } else if (!this.#reading.has(current)) {
        // Some platforms end a log from time to time although its deployment still runs.
        if (live === current) this.#read(live, { tailLines: overlapLines });
        else if (underWay === undefined)
          return this.#notice(`deployment ${current} ended; no version of ${app} is live`);
      }
      await this.#clock.sleep(lookMs, signal);
    }
  }

  #read(deployment: string, from: LogStart): void {
    const reading = this.#pump(deployment, from)
      .catch((error: Error) => void (this.#failure ??= error))
      .finally(() => this.#reading.delete(deployment));
    this.#reading.set(deployment, reading);
  }

  /** Reads one log to its end, over as many connections as necessary. */
  async #pump(deployment: string, from: LogStart): Promise<void> {
    const { signal } = this.options;
    const already = new AlreadySaid();
    for (let start = from, failures = 0; ;) {
      try {
        for await (const frame of this.source.open(deployment, start, signal)) {
          [failures, this.#lost] = [0, false];
          start = frame.position === undefined ? { tailLines: overlapLines } : { position: frame.position };
          const text = already.whatIsNew(frame);
          if (text !== '') await this.said.put({ text });
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        // An app that is deleted after it was looked for takes its logs with it.
        if (error instanceof NoSuchLog && !(await this.#look())) return;
        if (error instanceof NoSuchLog || failures === mostFailures) throw error;
        await this.#noticeLost(error as Error);
        await this.#clock.sleep(pauseMs(failures++), signal);
        if (!(await this.#look())) return;
        already.comesAgain();
      }
    }
  }

  /** @throws Error when the platform does not answer for a long time */
  async #look(): Promise<Standing | undefined> {
    const { signal, app } = this.options;
    const deadline = startDeadline(this.#clock, patienceMs, signal);
    try {
      return await this.#untilAnswered(deadline.signal);
    } catch (cause) {
      if (signal.aborted || !deadline.signal.aborted) throw cause;
      throw new Error(
        `Stopped following the log of ${app}: the platform has not answered for ${patienceMs / 60_000} minutes. ` +
          'Follow it again when the platform runs.',
        { cause },
      );
    } finally {
      deadline.clear();
    }
  }

  /** @throws the last error, or the reason of the signal */
  async #untilAnswered(signal: AbortSignal): Promise<Standing | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.source.look(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        await this.#noticeLost(error as Error);
        await this.#clock.sleep(pauseMs(failures), signal);
      }
    }
  }

  /** Reports it once, until the log continues. */
  async #noticeLost({ message }: Error): Promise<void> {
    if (this.#lost) return;
    this.#lost = true;
    await this.#notice(`connection lost; the log continues when the platform answers again (${message})`);
  }

  async #notice(notice: string): Promise<void> {
    await this.said.put({ notice: `— ${notice}` });
  }
}

function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
}

/** Merges the output of several writers into one stream; each writer waits until its part is read. */
class Merged<T> implements AsyncIterable<T> {
  readonly #parts: { part: T; taken: () => void }[] = [];
  #end: { error?: Error } | undefined;
  #left = false;
  #wake: () => void = () => undefined;

  /** Resolves when the part is read, or the reader has left. */
  put(part: T): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((taken) => {
      this.#parts.push({ part, taken });
      this.#wake();
    });
  }

  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The reader has left. */
  leave(): void {
    this.#left = true;
    for (const { taken } of this.#parts.splice(0)) taken();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#parts.shift();
      if (next) {
        yield next.part;
        next.taken();
      } else if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((wake) => (this.#wake = wake));
      }
    }
  }
}
