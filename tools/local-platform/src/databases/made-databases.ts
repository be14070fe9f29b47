import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';

/** The databases of an app in the servers: their names there, and the engines by the names of the App Spec. */
const madeSchema = z.record(z.string(), z.string());

/**
 * Which databases were ever made for which app: a file for each app, written before a database is made. So none is forgotten when
 * the platform is killed, or a server cannot delete it at the moment.
 */
export class MadeDatabases {
  constructor(private readonly folder: string) {}

  async add(appId: string, name: string, engine: string): Promise<void> {
    const made = await this.of(appId);
    if (made[name] === engine) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await replaceFile(this.#file(appId), JSON.stringify({ ...made, [name]: engine }));
  }

  /** @throws Error when what is written is not what `add` writes */
  async of(appId: string): Promise<Readonly<Record<string, string>>> {
    const text = await readFile(this.#file(appId), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    });
    return madeSchema.parse(JSON.parse(text));
  }

  /** The apps that databases were made for and not deleted. */
  async apps(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.flatMap((name) => (/^[\w-]+\.json$/.test(name) ? basename(name, '.json') : []));
  }

  /** Once they are deleted. */
  async forget(appId: string): Promise<void> {
    await rm(this.#file(appId), { force: true });
  }

  #file(appId: string): string {
    return join(this.folder, `${appId}.json`);
  }
}
