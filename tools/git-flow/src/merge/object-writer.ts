import type { GitOptions } from '@odoobo/machine/git';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BatchProcess } from './batch-process.js';

/**
 * For each path that it reads, git writes the file as an object and prints the hash at once. It does not check trees: it
 * would refuse some that `git merge` writes, such as one with a `.gitignore` that is a symbolic link.
 * https://git-scm.com/docs/git-hash-object
 */
const argsOf = {
  commit: ['hash-object', '-t', 'commit', '-w', '--no-filters', '--stdin-paths'],
  tree: ['hash-object', '-t', 'tree', '-w', '--literally', '--no-filters', '--stdin-paths'],
};

/** Writes objects of one type with one git process, whatever their number. Close it after the last one. */
export class ObjectWriter {
  readonly #git: BatchProcess;
  readonly #file: string;

  /** @param folder for a file from which git reads each object */
  constructor(type: 'commit' | 'tree', folder: string, options: GitOptions) {
    this.#git = new BatchProcess(argsOf[type], options);
    this.#file = join(folder, type);
  }

  /**
   * @returns the hash of the new object
   * @throws {GitError} when git does not write it
   */
  async write(content: string | Buffer): Promise<string> {
    await writeFile(this.#file, content);
    this.#git.request(this.#file);
    return this.#git.line();
  }

  /** Safe to repeat. */
  close(): void {
    this.#git.close();
  }
}
