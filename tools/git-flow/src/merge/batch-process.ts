import { gitEnvironment, GitError, type GitOptions } from '@odoobo/machine/git';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** Milliseconds that git may take for one answer. */
const answerMs = 60_000;

/**
 * A git process that answers one request after another, as `git cat-file --batch` does: starting one for each would take longer
 * than the answer. Close it after the last.
 */
export class BatchProcess {
  readonly #git: ChildProcessWithoutNullStreams;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #closed: Promise<void>;
  #unread: Buffer = Buffer.alloc(0);
  #trouble = '';

  constructor(
    readonly args: readonly string[],
    readonly options: GitOptions,
  ) {
    const { cwd, signal } = options;
    this.#git = spawn('git', args, { cwd, signal, env: gitEnvironment(), detached: true });
    this.#git.on('error', (error) => (this.#trouble += error.message));
    this.#git.stderr.on('data', (text) => (this.#trouble += String(text)));
    // A request that can no longer be written shows as a missing answer.
    this.#git.stdin.on('error', () => {});
    this.#closed = new Promise((resolve) => this.#git.once('close', () => resolve()));
    this.#chunks = this.#git.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** @throws the signal's reason when aborted */
  request(line: string): void {
    this.options.signal?.throwIfAborted();
    this.#git.stdin.write(`${line}\n`);
  }

  /**
   * @returns the next line of the answer, without its break
   * @throws {GitError} when git ends, or does not answer in time
   */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\n');
      if (end >= 0) return this.#take(end + 1).toString('utf8', 0, end);
      await this.#readMore();
    }
  }

  /** @throws {GitError} as `line` does */
  async bytes(count: number): Promise<Buffer> {
    while (this.#unread.length < count) await this.#readMore();
    return this.#take(count);
  }

  /** Safe to repeat. */
  close(): void {
    this.#git.stdin.end();
    this.#git.kill();
  }

  #take(count: number): Buffer {
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  async #readMore(): Promise<void> {
    const late = setTimeout(() => {
      this.#trouble += `no answer within ${answerMs / 1000} s`;
      this.#git.kill('SIGKILL');
    }, answerMs);
    const chunk = await this.#chunks.next().finally(() => clearTimeout(late));
    if (chunk.done !== true) {
      this.#unread = Buffer.concat([this.#unread, chunk.value]);
      return;
    }
    await this.#closed;
    this.options.signal?.throwIfAborted();
    const command = `"git ${this.args.join(' ')}" in ${this.options.cwd}`;
    throw new GitError(`${command} ended without an answer: ${this.#trouble}`);
  }
}
