import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type ContainerImage, containerSchema, type EngineImage } from '../containers/container-engine.js';
import { replaceFile } from '../state/atomic-file.js';
import { copyTree } from './copy-tree.js';
import type { Unpacked } from './source.js';

const prefix = 'build:';
const unfinished = '.building-';
const keyForm = /^build:[0-9a-f]{64}(-[0-9a-f]{8})?$/;

/** How long a build is kept even if nothing needs it: a deployment that is about to name it may not be recorded yet. */
const keptMs = 3_600_000;

const buildSchema = z.object({
  /** What runs without a run_command; empty where nothing is known. */
  cmd: z.array(z.string()),
  /** The lines of its Procfile, by the names of the processes. */
  processes: z.record(z.string(), z.string()).optional(),
  /** Where it runs, from the build's root. */
  workingDir: z.string(),
  env: z.record(z.string(), z.string()),
  /** Folders that come first on PATH: absolute ones, and others from the copy that runs. */
  path: z.array(z.string()),
  /** The key of the virtual environment that it shares. */
  dependencies: z.string().optional(),
  /** The image that runs, with a tag that keeps it; its own files are none. */
  container: containerSchema.extend({ tag: z.string() }).optional(),
});
export type BuildRecord = z.infer<typeof buildSchema>;

/** How an image runs. */
export function recordOf(
  { entrypoint, cmd, env, workingDir }: EngineImage,
  container: ContainerImage & { tag: string },
): BuildRecord {
  return { cmd: [...entrypoint, ...cmd], workingDir, env, path: [], container };
}

/** The builds of a platform: `<hash>/files`, and `<hash>/build.json`, which says how they run. */
export class BuildStore {
  constructor(private readonly folder: string) {}

  /** The newest build of that hash: one that was forced has a key of its own, so that no other changes under it. */
  async find(hash: string): Promise<string | undefined> {
    const names = (await this.#names()).filter((name) => name === hash || name.startsWith(`${hash}-`));
    const ages = await Promise.all(names.map(async (name) => ({ name, at: await this.#usedAt(name) })));
    const newest = ages.sort((a, b) => b.at - a.at)[0]?.name;
    return newest && `${prefix}${newest}`;
  }

  has(key: string): boolean {
    return keyForm.test(key);
  }

  /** @throws Error when the build is not there any more. */
  async read(key: string): Promise<BuildRecord> {
    const file = join(this.#place(key), 'build.json');
    try {
      return buildSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (cause) {
      throw new Error(`The build ${key} no longer exists. Deploy again to rebuild it.`, { cause });
    }
  }

  /** Keeps it for another hour. */
  async touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(join(this.#place(key), 'build.json'), now, now);
  }

  /** A folder for the files of a new build. The caller deletes it in the end, whether the build is kept or not. */
  async begin(): Promise<string> {
    const folder = join(this.folder, `${unfinished}${randomUUID()}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Makes the files in `folder/files` a build, in one step. @returns its key */
  async keep(folder: string, hash: string, record: BuildRecord): Promise<string> {
    await replaceFile(join(folder, 'build.json'), JSON.stringify(record));
    const taken = (await this.#names()).includes(hash);
    const name = taken ? `${hash}-${randomBytes(4).toString('hex')}` : hash;
    await rename(folder, join(this.folder, name));
    return `${prefix}${name}`;
  }

  /** Makes an image of an engine a build. @returns its key */
  async keepImage(hash: string, record: BuildRecord): Promise<string> {
    const folder = await this.begin();
    try {
      await mkdir(join(folder, 'files'));
      return await this.keep(folder, hash, record);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Makes a copy in one step. @throws Error when the build is not there any more */
  async unpack(key: string, folder: string): Promise<Unpacked> {
    const { cmd, processes, workingDir, env, path, container } = await this.read(key);
    if (container) return { entrypoint: [], cmd, workingDir, env, path: [], container };
    const partial = join(dirname(folder), `.unpacking-${randomUUID()}`);
    try {
      await copyTree(join(this.#place(key), 'files'), partial);
      await rename(partial, folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    const own = path.map((one) => (one.startsWith('/') ? one : join(folder, one)));
    return { entrypoint: [], cmd, processes, workingDir, env: { HOME: folder, ...env }, path: own };
  }

  /**
   * Deletes builds that are not needed and were not requested within the last hour.
   * @param dropImage Deletes the image of one.
   * @returns the records of those that stay
   */
  async prune(
    needed: ReadonlySet<string>,
    dropImage: (container: NonNullable<BuildRecord['container']>) => Promise<void>,
  ): Promise<BuildRecord[]> {
    const kept: BuildRecord[] = [];
    for (const name of await this.#names()) {
      const key = `${prefix}${name}`;
      const stays = needed.has(key) || Date.now() - (await this.#usedAt(name)) < keptMs;
      const record = await this.read(key).catch(() => undefined);
      if (stays && record) {
        kept.push(record);
        continue;
      }
      if (record?.container) await dropImage(record.container);
      await rm(join(this.folder, name), { recursive: true, force: true });
    }
    return kept;
  }

  /** The images of all builds. */
  async images(): Promise<NonNullable<BuildRecord['container']>[]> {
    const records = (await this.#names()).map((name) => this.read(`${prefix}${name}`).catch(() => undefined));
    return (await Promise.all(records)).flatMap((record) => record?.container ?? []);
  }

  /** Deletes what unfinished builds left. */
  async clean(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (name.startsWith(unfinished)) await rm(join(this.folder, name), { recursive: true, force: true });
    }
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.filter((name) => keyForm.test(`${prefix}${name}`));
  }

  async #usedAt(name: string): Promise<number> {
    return (await stat(join(this.folder, name, 'build.json')).catch(() => undefined))?.mtimeMs ?? 0;
  }

  #place(key: string): string {
    return join(this.folder, key.slice(prefix.length));
  }
}
