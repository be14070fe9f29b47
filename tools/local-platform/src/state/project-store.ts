import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ApiError } from '../errors/api-error.js';
import { replaceFile } from './atomic-file.js';

const projectSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  purpose: z.string(),
  /** Empty if the client named none. */
  environment: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ProjectRecord = z.infer<typeof projectSchema>;

/** The projects that clients made: one file. What is answered is on disk already. */
export class ProjectStore {
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    /** None: in memory only. */
    private readonly file: string | undefined,
    private records: readonly ProjectRecord[],
  ) {}

  static inMemory(): ProjectStore {
    return new ProjectStore(undefined, []);
  }

  /** @throws Error when the file is there and is not what this class writes */
  static async open(file: string): Promise<ProjectStore> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return '[]';
    });
    try {
      return new ProjectStore(file, z.array(projectSchema).parse(JSON.parse(text)));
    } catch (cause) {
      throw new Error(`${file} is not a list of projects. Correct it, or delete it: the apps stay.`, {
        cause,
      });
    }
  }

  /** Oldest first. */
  list(): readonly ProjectRecord[] {
    return this.records;
  }

  get(id: string): ProjectRecord | undefined {
    return this.records.find((record) => record.id === id);
  }

  /** Adds a project, or replaces the one with its id. @throws ApiError 409 when another one has its name */
  save(record: ProjectRecord): Promise<void> {
    return this.#change((records) => {
      const known = records.some(({ id }) => id === record.id);
      if (records.some(({ id, name }) => id !== record.id && name === record.name))
        throw new ApiError(
          409,
          `A project named "${record.name}" already exists. Use it, or choose another name.`,
        );
      return known ? records.map((one) => (one.id === record.id ? record : one)) : [...records, record];
    });
  }

  delete(id: string): Promise<void> {
    return this.#change((records) => records.filter((record) => record.id !== id));
  }

  /** Deletes all. */
  clear(): Promise<void> {
    return this.#change(() => []);
  }

  /** Changes wait for one another. */
  #change(change: (records: readonly ProjectRecord[]) => readonly ProjectRecord[]): Promise<void> {
    const turn = this.#turn.then(async () => {
      const after = change(this.records);
      if (this.file !== undefined && after.length + this.records.length > 0)
        await replaceFile(this.file, `${JSON.stringify(after, null, 2)}\n`);
      this.records = after;
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
