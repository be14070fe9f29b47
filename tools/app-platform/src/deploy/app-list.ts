import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import { abortable } from '../clock.js';
import type { App } from '../spec/index.js';

/** Apps in one call of the list. */
const PAGE_SIZE = 200;

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
    return Math.max(1, Math.ceil(this.#byId.size / PAGE_SIZE));
  }
}

/** Reads the list of apps for all skills of a run: who asks while it is being read shares the read that comes next. */
export class AppList {
  #reading: Promise<Apps> | undefined;
  #next: Promise<Apps> | undefined;
  /** How many calls the last read took. */
  calls = 1;

  constructor(
    private readonly client: AppPlatformClient,
    /** How many skills ask for their apps. */
    private readonly skills: number,
    /** Aborted at the end of the run: nobody needs a read any more. */
    private readonly ended: AbortSignal,
  ) {}

  /**
   * The apps as they are at some moment after this call.
   * @throws AppPlatformError, or the reason of a signal
   */
  async read(signal: AbortSignal): Promise<Apps> {
    signal.throwIfAborted();
    return abortable(this.#shared(), signal);
  }

  /**
   * One app as it is now; none when it was deleted. By its id, unless the list takes fewer calls for all skills.
   * @throws AppPlatformError, or the reason of a signal
   */
  async again({ id }: App, signal: AbortSignal): Promise<App | undefined> {
    if (this.calls < this.skills) return (await this.read(signal)).byId(id);
    try {
      return await this.client.getApp(id, { signal });
    } catch (error) {
      if (error instanceof AppPlatformError && error.status === 404) return undefined;
      throw error;
    }
  }

  #shared(): Promise<Apps> {
    if (this.#next) return this.#next;
    if (!this.#reading) return this.#begin();
    // The read under way may have missed already what the caller wants to see.
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
    const apps = new Apps(await this.client.listApps({ signal: this.ended }));
    this.calls = apps.calls;
    return apps;
  }
}
