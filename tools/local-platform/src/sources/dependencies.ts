import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';
import { copyTree } from './copy-tree.js';
import { KeyedQueue } from './keyed-queue.js';
import { findPackages } from './source-files.js';

/** Written last: dependencies without a record are unfinished. */
const recordSchema = z.object({ folders: z.array(z.string()) });

const neverAborted = new AbortController().signal;

/** How long unused dependencies are kept: the next build may want them. */
const keptMs = 7 * 24 * 3_600_000;

export interface InstallRequest {
  key: string;
  /** Installs again even if they are there. */
  force: boolean;
  signal: AbortSignal;
}

/** Installed dependencies, `<key>/` with a record `<key>.json`, keyed by everything that says what is installed. */
export class DependencyCache {
  readonly #queue = new KeyedQueue();

  constructor(private readonly folder: string) {}

  /**
   * Fills the `node_modules` folders of a build, by `install` or by a copy of what an earlier install made.
   * @returns whether they came from the cache
   */
  async inPlace(
    build: string,
    { key, force, signal }: InstallRequest,
    install: () => Promise<void>,
    warn: (message: string) => Promise<void>,
  ): Promise<boolean> {
    return this.#queue.run(key, signal, async () => {
      const cached = force ? undefined : await this.#read(key);
      if (cached) {
        for (const path of cached) await this.#copy(join(this.#place(key), path), join(build, path), signal);
        await this.#touch(key);
        return true;
      }
      await install();
      await this.#save(key, build, signal).catch(async (error: Error) => {
        signal.throwIfAborted();
        await warn(`warning: the dependencies are not kept for the next build: ${error.message}`);
      });
      return false;
    });
  }

  /**
   * A virtual environment that builds share; it is made where it stays, because its scripts name their own place.
   * @returns whether it was there
   */
  async shared(
    { key, force, signal }: InstallRequest,
    make: (folder: string) => Promise<void>,
  ): Promise<boolean> {
    return this.#queue.run(key, signal, async () => {
      if (!force && (await this.#read(key))) {
        await this.#touch(key);
        return true;
      }
      await this.#delete(key);
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      try {
        await make(this.#place(key));
        await this.#record(key, []);
      } catch (error) {
        await this.#delete(key);
        throw error;
      }
      return false;
    });
  }

  /** One piece of work at a time for each word. */
  inTurn(word: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return this.#queue.run(`turn ${word}`, signal, work);
  }

  placeOf(key: string): string {
    return this.#place(key);
  }

  /** Deletes dependencies that no remaining build runs with and that were unused for a week. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const key = name.replace(/\.json$/, '');
      if (name === key || needed.has(key)) continue;
      const used = (await stat(join(this.folder, name)).catch(() => undefined))?.mtimeMs ?? 0;
      if (Date.now() - used > keptMs) await this.#queue.run(key, neverAborted, () => this.#delete(key));
    }
  }

  /** Deletes what unfinished installs left. */
  async clean(): Promise<void> {
    const names: string[] = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      if (name.endsWith('.json') || names.includes(`${name}.json`)) continue;
      await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }

  async #save(key: string, build: string, signal: AbortSignal): Promise<void> {
    const { installed } = await findPackages(build);
    // Some ways to install, such as Yarn's Plug'n'Play, leave nothing that could be copied.
    if (installed.length === 0) return;
    await this.#delete(key);
    try {
      for (const path of installed) await this.#copy(join(build, path), join(this.#place(key), path), signal);
      await this.#record(key, installed);
    } catch (error) {
      await this.#delete(key);
      throw error;
    }
  }

  async #copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    await copyTree(from, to, signal);
  }

  async #read(key: string): Promise<string[] | undefined> {
    try {
      return recordSchema.parse(JSON.parse(await readFile(`${this.#place(key)}.json`, 'utf8'))).folders;
    } catch {
      return undefined;
    }
  }

  async #record(key: string, folders: string[]): Promise<void> {
    await replaceFile(`${this.#place(key)}.json`, JSON.stringify({ folders }));
  }

  async #touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(`${this.#place(key)}.json`, now, now);
  }

  /** Deletes the record first: the files that it stands for are deleted next. */
  async #delete(key: string): Promise<void> {
    await rm(`${this.#place(key)}.json`, { force: true });
    await rm(this.#place(key), { recursive: true, force: true });
  }

  #place(key: string): string {
    return join(this.folder, key);
  }
}
