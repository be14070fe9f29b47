import { GitError, type GitOptions } from '@odoobo/machine/git';
import { BatchProcess } from './batch-process.js';
import { ObjectWriter } from './object-writer.js';
import { formatTree, parseTree, type Tree } from './tree.js';

/** Reads and writes trees of a repository, with one process for each direction. Close it after the last. */
export class TreeStore {
  readonly #reader: BatchProcess;
  readonly #writer: ObjectWriter;

  /** @param folder for a temporary file */
  constructor(folder: string, options: GitOptions) {
    this.#reader = new BatchProcess(['cat-file', '--batch'], options);
    this.#writer = new ObjectWriter('tree', folder, options);
  }

  /**
   * Format of the answer: https://git-scm.com/docs/git-cat-file#_batch_output
   * @param revision of a tree, such as `<hash of a commit>^{tree}`
   * @throws {GitError} when there is none
   */
  async read(revision: string): Promise<Tree> {
    this.#reader.request(revision);
    const header = await this.#reader.line();
    const [, hash, size] = /^([0-9a-f]+) tree (\d+)$/.exec(header) ?? [];
    if (!hash) throw new GitError(`Could not read the tree ${revision}. Git said: ${header}`);
    const content = await this.#reader.bytes(Number(size));
    // A line break ends the answer.
    await this.#reader.bytes(1);
    return parseTree(content, hash.length / 2);
  }

  /** @returns the hash */
  write(tree: Tree): Promise<string> {
    return this.#writer.write(formatTree(tree));
  }

  /** Safe to repeat. */
  close(): void {
    this.#reader.close();
    this.#writer.close();
  }
}
