import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gitEnvironment, GitError, type GitOptions } from '../git.js';

export interface NewCommit {
  tree: string;
  parents: readonly string[];
  message: string;
}

export interface CommitWriterOptions extends GitOptions {
  /** As `git var GIT_AUTHOR_IDENT` tells it: `Name <address> 1700000000 +0100`. */
  author: string;
  committer: string;
}

/** Milliseconds that git may take for one commit. */
const writeMs = 60_000;

/**
 * Writes commits by one process of git, whatever their number: to start a process for each takes as long as to write it.
 * To be closed when the last is written. It neither signs commits nor converts their messages: it writes UTF-8.
 */
export class CommitWriter {
  readonly #git: ChildProcessWithoutNullStreams;
  readonly #hashes: AsyncIterator<string>;
  #trouble = '';

  private constructor(
    readonly options: CommitWriterOptions,
    readonly folder: string,
  ) {
    // Of each path that it reads it writes the file as an object, and prints the hash at once.
    const args = ['hash-object', '-t', 'commit', '-w', '--no-filters', '--stdin-paths'];
    this.#git = spawn('git', args, { cwd: options.cwd, env: gitEnvironment(), detached: true });
    this.#git.on('error', (error) => (this.#trouble += error.message));
    this.#git.stderr.on('data', (text) => (this.#trouble += String(text)));
    // What it cannot be told any more shows in what it does not answer.
    this.#git.stdin.on('error', () => {});
    this.#hashes = createInterface({ input: this.#git.stdout })[Symbol.asyncIterator]();
  }

  static async open(options: CommitWriterOptions): Promise<CommitWriter> {
    return new CommitWriter(options, await mkdtemp(join(tmpdir(), 'commits-')));
  }

  /**
   * @returns the hash of the new commit
   * @throws {GitError} when git does not write it
   */
  async write(commit: NewCommit): Promise<string> {
    this.options.signal?.throwIfAborted();
    const file = join(this.folder, 'commit');
    await writeFile(file, this.#text(commit));
    this.#git.stdin.write(`${file}\n`);
    const late = setTimeout(() => this.#git.kill(), writeMs);
    const { value: hash, done } = await this.#hashes.next().finally(() => clearTimeout(late));
    if (done !== true) return hash;
    throw new GitError(`git hash-object did not write a commit in ${this.options.cwd}: ${this.#trouble}`);
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#git.stdin.end();
    this.#git.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Format: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_git_commit_objects */
  #text({ tree, parents, message }: NewCommit): string {
    const { author, committer } = this.options;
    const head = [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${author}`,
      `committer ${committer}`,
    ];
    return `${head.join('\n')}\n\n${message.trimEnd()}\n`;
  }
}
