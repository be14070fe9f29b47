import { withDeadline } from '@odoobo/skill-kit';
import { Worker } from 'node:worker_threads';
import { defaultQueryTimeoutMs, queryTooSlow } from '../source.js';
import type { Reply, Task } from './task.js';

/** Each holds a copy of the database in memory while it works. */
const maxThreads = 2;

/** For a thread to load SQLite and the file, before the query's own time, in milliseconds. */
const startMs = 3_000;

/** A thread that has nothing to do for so long ends, and gives its memory back. In milliseconds. */
const idleMs = 10_000;

/** A thread that has loaded SQLite, and is kept for the next question about its file. */
interface Idle {
  file: string;
  thread: Worker;
  timer: NodeJS.Timeout;
}

/**
 * Runs SQLite in threads of their own: a query keeps its thread busy until it ends, and only ending the thread stops it. To
 * compile SQLite takes most of a short query's time, so a thread that has replied waits for the next task about the same file, which
 * it reads again. One that fails, or takes too long, ends.
 */
export class SqliteThreads {
  readonly #waiting: (() => void)[] = [];
  readonly #idle: Idle[] = [];
  #running = 0;

  /**
   * @param entry the skill's own bundle, which works as a thread when it is started as one
   * @param queryTimeoutMs longest time for one task, besides what a thread takes to start
   */
  constructor(
    readonly entry: URL,
    readonly queryTimeoutMs = defaultQueryTimeoutMs,
  ) {}

  /** @throws SkillError 422 `query_too_slow`, the signal's reason, and Error when the thread itself fails */
  async run(task: Task, signal: AbortSignal): Promise<Reply> {
    while (this.#running >= maxThreads) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      signal.throwIfAborted();
      const thread = await this.#threadFor(task.file);
      return await withDeadline(startMs + this.queryTimeoutMs, queryTooSlow(), signal, (timed) =>
        this.#runIn(thread, task, timed),
      );
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #runIn(thread: Worker, task: Task, signal: AbortSignal): Promise<Reply> {
    try {
      const reply = await replyOf(thread, task, signal);
      this.#keep(thread, task.file);
      return reply;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  /** The thread that has worked on this file before, or a new one in the place of the one that is idle the longest. */
  async #threadFor(file: string): Promise<Worker> {
    const index = this.#idle.findIndex((idle) => idle.file === file);
    const [known] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (known) {
      clearTimeout(known.timer);
      stopListening(known.thread);
      known.thread.ref();
      return known.thread;
    }
    if (this.#running + this.#idle.length > maxThreads) await this.#idle[0]?.thread.terminate();
    return new Worker(this.entry, {
      // The thread gets no environment, and with it no key.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2 },
    });
  }

  #keep(thread: Worker, file: string): void {
    const timer = setTimeout(() => void thread.terminate(), idleMs).unref();
    const idle = { file, thread, timer };
    this.#idle.push(idle);
    thread.unref();
    const forget = () => {
      clearTimeout(timer);
      if (this.#idle.includes(idle)) this.#idle.splice(this.#idle.indexOf(idle), 1);
    };
    thread.once('error', forget).once('exit', forget);
  }
}

async function replyOf(thread: Worker, task: Task, signal: AbortSignal): Promise<Reply> {
  try {
    return await new Promise<Reply>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) =>
        reject(new Error(`The SQLite thread ended with ${code} before it responded.`)),
      );
      thread.postMessage(task);
    });
  } finally {
    stopListening(thread);
  }
}

/** Node's own listeners stay: without them a Worker receives nothing. */
function stopListening(thread: Worker): void {
  for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
}
