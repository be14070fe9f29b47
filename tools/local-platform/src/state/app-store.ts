import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError } from '../errors/api-error.js';
import { type AppRecord, appRecordSchema } from './app-record.js';
import { replaceFile, unfinishedSuffix } from './atomic-file.js';

const setAsideSuffix = '.json.set-aside';

/** The apps whose records could not be read, in the folder of a store. */
export async function setAsideApps(directory: string): Promise<Set<string>> {
  const names = await readdir(directory);
  return new Set(
    names.flatMap((name) => (name.endsWith(setAsideSuffix) ? name.slice(0, -setAsideSuffix.length) : [])),
  );
}

/** A record that could not be read. It is kept beside the others for a person to look at. */
export interface SetAsideRecord {
  file: string;
  cause: unknown;
}

/**
 * The apps of this platform: one file each, all of them in memory. What `get` and `list` answer is on disk already, so
 * nothing that was confirmed to a client is lost by a crash.
 */
export class AppStore {
  /** None: in memory only. */
  readonly #directory: string | undefined;
  readonly #records = new Map<string, AppRecord>();
  readonly #names = new Set<string>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #changed: (before: AppRecord | undefined, after: AppRecord) => void = () => undefined;

  private constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** For simulated apps: gone when the platform closes. A thousand of them would measure the disk otherwise. */
  static inMemory(): AppStore {
    return new AppStore(undefined);
  }

  /** Reads every record. A bad one costs that one app: its file is renamed to `<id>.json.set-aside` and reported. */
  static async open(directory: string): Promise<{ store: AppStore; setAside: SetAsideRecord[] }> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const store = new AppStore(directory);
    const setAside: SetAsideRecord[] = [];
    for (const name of await readdir(directory)) {
      const file = join(directory, name);
      if (name.endsWith(unfinishedSuffix)) await rm(file);
      if (!name.endsWith('.json')) continue;
      // Only what is in the file can be bad: an error of reading it ends the start, and the file stays.
      const text = await readFile(file, 'utf8');
      try {
        store.#load(name, text);
      } catch (cause) {
        await rename(file, `${file}.set-aside`);
        setAside.push({ file: `${file}.set-aside`, cause });
      }
    }
    return { store, setAside };
  }

  /** @throws Error when the text is no record, or one that does not go together with its name or the others. */
  #load(file: string, text: string): void {
    const record = appRecordSchema.parse(JSON.parse(text));
    if (file !== `${record.id}.json`)
      throw new Error(`It is the record of app ${record.id}, not of this file.`);
    const { name } = record.spec;
    if (this.#names.has(name)) throw new Error(`Another app has the name "${name}".`);
    this.#records.set(record.id, record);
    this.#names.add(record.spec.name);
  }

  /** Calls one listener, which must not fail, after each change is visible. Without an app before, it is new. */
  onChange(listener: (before: AppRecord | undefined, after: AppRecord) => void): void {
    this.#changed = listener;
  }

  /** Oldest first. */
  list(): AppRecord[] {
    return [...this.#records.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  get(id: string): AppRecord | undefined {
    return this.#records.get(id);
  }

  byName(name: string): AppRecord | undefined {
    return [...this.#records.values()].find((record) => record.spec.name === name);
  }

  /** @throws ApiError 409 when an app of that name exists, or is being created at this moment. */
  async create(record: AppRecord): Promise<void> {
    await this.#withName(record.spec.name, async () => {
      await this.#write(record);
      this.#records.set(record.id, record);
    });
    this.#changed(undefined, record);
  }

  /**
   * Changes one app: writes it, then shows it. Changes of the same app wait for one another. `change` sees the newest
   * record and may throw to refuse. The change becomes visible after `onWritten`, which must not fail. Undefined when the
   * app is gone.
   * @throws ApiError 409 when the change gives it a name that is taken.
   */
  update(
    id: string,
    change: (record: AppRecord) => AppRecord,
    onWritten?: () => Promise<void>,
  ): Promise<AppRecord | undefined> {
    return this.#inTurn(id, async () => {
      const before = this.#records.get(id);
      if (before === undefined) return undefined;
      const after = change(before);
      await this.#replace(before, after, onWritten);
      return after;
    });
  }

  /** False when the app was gone already. */
  delete(id: string): Promise<boolean> {
    return this.#inTurn(id, async () => {
      const record = this.#records.get(id);
      if (record === undefined) return false;
      const file = this.#file(id);
      if (file !== undefined) await rm(file, { force: true });
      this.#records.delete(id);
      this.#names.delete(record.spec.name);
      return true;
    });
  }

  async #replace(before: AppRecord, after: AppRecord, onWritten?: () => Promise<void>): Promise<void> {
    if (before === after) return;
    const write = async () => {
      await this.#write(after);
      await onWritten?.();
      this.#records.set(after.id, after);
    };
    if (before.spec.name === after.spec.name) await write();
    else {
      await this.#withName(after.spec.name, write);
      this.#names.delete(before.spec.name);
    }
    this.#changed(before, after);
  }

  /** Reserves a name while its record is written. */
  async #withName(name: string, write: () => Promise<void>): Promise<void> {
    if (this.#names.has(name)) {
      throw new ApiError(409, `An app named "${name}" already exists. Update it, or choose another name.`);
    }
    this.#names.add(name);
    try {
      await write();
    } catch (error) {
      this.#names.delete(name);
      throw error;
    }
  }

  #file(id: string): string | undefined {
    return this.#directory && join(this.#directory, `${id}.json`);
  }

  /** @throws ApiError 500 when it cannot be written; the record before it stands then. */
  async #write(record: AppRecord): Promise<void> {
    const file = this.#file(record.id);
    if (file === undefined) return;
    await replaceFile(file, JSON.stringify(record)).catch((cause: Error) => {
      throw new ApiError(500, `App "${record.spec.name}" is unchanged: ${cause.message}`, { cause });
    });
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    this.#turns.set(id, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    }
  }
}
