import { abortable, type Clock } from '@odoobo/machine/time';
import type { AppPlatformClient } from '../client/client.js';
import { unlessGone } from '../client/errors.js';
import type { App } from '../spec/index.js';
import type { PendingWrites } from './pending-writes.js';

/** Apps in one call of the list. */
const pageSize = 200;

/** Reads for finished skills that start without a wait: a few skills never wait. */
const freeReads = 8;

/** All apps of the account at one moment. */
export class Apps {
  readonly #byId: ReadonlyMap<string, App>;
  readonly #byName: ReadonlyMap<string, App>;

  constructor(apps: readonly App[]) {
    this.#byId = new Map(apps.map((app) => [app.id, app]));
    this.#byName = new Map(apps.map((app) => [app.spec.name, app]));
  }

  byId(id: string): App | undefined {
    return this.#byId.get(id);
  }

  named(name: string): App | undefined {
    return this.#byName.get(name);
  }

  /** How many calls it takes to read them. */
  get calls(): number {
    return Math.max(1, Math.ceil(this.#byId.size / pageSize));
  }
}

export interface AppListOptions {
  client: AppPlatformClient;
  clock: Clock;
  /** How many skills read their apps. */
  skills: number;
  /** Milliseconds. */
  pollIntervalMs: number;
  writes: PendingWrites;
  /** Aborted at the end of the run, when no skill needs a read any more. */
  ended: AbortSignal;
}

/** Reads the list of apps for all skills of a run: all callers during a read share the next read. */
export class AppList {
  #reading: Promise<Apps> | undefined;
  #next: Promise<Apps> | undefined;
  /** The read shared by all skills that check their app at their end. */
  #last: Promise<Apps> | undefined;
  #lastAt = -Infinity;
  #lastReads = 0;
  readonly #options: AppListOptions;
  readonly #readers: ((apps: Apps, began: number) => void)[] = [];
  /** How many calls the last read took. */
  calls = 1;
  /** When the last read has ended that succeeded. */
  readAt = -Infinity;

  constructor(options: AppListOptions) {
    this.#options = options;
  }

  /** Calls a function after each read, whoever asked for it, with the apps and the time when the read began. */
  onRead(reader: (apps: Apps, began: number) => void): void {
    this.#readers.push(reader);
  }

  /** The apps at some moment after this call. @throws AppPlatformError, or the reason of a signal */
  async read(signal: AbortSignal): Promise<Apps> {
    signal.throwIfAborted();
    return abortable(this.#shared(), signal);
  }

  /**
   * The current state of one app; none when it was deleted. Read by its id, unless the list takes fewer calls for all skills.
   * @throws AppPlatformError, or the reason of a signal
   */
  async again(app: App, signal: AbortSignal): Promise<App | undefined> {
    return this.#isCheaper ? (await this.read(signal)).byId(app.id) : this.#byId(app, signal);
  }

  /**
   * The same for a skill at its end. A thousand skills that end one after another must not read the list a thousand times, so
   * all callers between two reads wait for the next one.
   * @throws AppPlatformError, or the reason of a signal
   */
  async afterwards(app: App, signal: AbortSignal): Promise<App | undefined> {
    if (!this.#isCheaper) return this.#byId(app, signal);
    if (!this.#last) {
      this.#last = this.#readLast();
      // All waiting callers get the error; an aborted caller does not wait any more.
      this.#last.catch(() => undefined);
    }
    return (await abortable(this.#last, signal)).byId(app.id);
  }

  get #isCheaper(): boolean {
    return this.calls < this.#options.skills;
  }

  #byId({ id }: App, signal: AbortSignal): Promise<App | undefined> {
    return unlessGone(this.#options.client.getApp(id, { signal }));
  }

  async #readLast(): Promise<Apps> {
    const { clock, pollIntervalMs, ended, writes } = this.#options;
    try {
      const pause = this.#lastReads < freeReads ? 0 : pollIntervalMs * Math.max(1, this.calls / 2);
      await clock.sleep(Math.max(0, this.#lastAt + pause * writes.thrift - clock.now()), ended);
    } finally {
      this.#last = undefined;
    }
    this.#lastAt = clock.now();
    this.#lastReads += 1;
    return this.#shared();
  }

  #shared(): Promise<Apps> {
    if (this.#next) return this.#next;
    if (!this.#reading) return this.#begin();
    // The read in progress may already have missed what the caller wants to see.
    const begin = (): Promise<Apps> => this.#begin();
    return (this.#next = this.#reading.then(begin, begin));
  }

  #begin(): Promise<Apps> {
    this.#next = undefined;
    const reading = this.#list().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return (this.#reading = reading);
  }

  async #list(): Promise<Apps> {
    const { client, clock, ended } = this.#options;
    const began = clock.now();
    const apps = new Apps(await client.listApps({ signal: ended }));
    this.calls = apps.calls;
    this.readAt = clock.now();
    for (const reader of this.#readers) reader(apps, began);
    return apps;
  }
}
