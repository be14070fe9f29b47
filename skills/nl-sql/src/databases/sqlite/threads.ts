import { withDeadline } from '@odoobo/skill-kit';
import { Worker } from 'node:worker_threads';
import { defaultQueryTimeoutMs, queryTooSlow } from '../source.js';
import type { Reply, Task } from './task.js';

/** Each holds a copy of the database in memory. */
const maxThreads = 2;

/** For a thread to load SQLite and the file, before the query's own time, in milliseconds. */
const startMs = 3_000;

/**
 * Runs SQLite in threads of their own: a query keeps its thread busy until it ends, and only ending the thread stops it.
 */
export class SqliteThreads {
  readonly #waiting: (() => void)[] = [];
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
      return await withDeadline(startMs + this.queryTimeoutMs, queryTooSlow(), signal, (timed) =>
        runThread(this.entry, task, timed),
      );
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

/** The thread gets no environment, and with it no key. */
async function runThread(entry: URL, task: Task, signal: AbortSignal): Promise<Reply> {
  const thread = new Worker(entry, {
    workerData: task,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2 },
  });
  try {
    return await new Promise<Reply>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      thread.once('message', resolve);
      thread.once('error', reject);
      thread.once('exit', (code) =>
        reject(new Error(`The SQLite thread ended with ${code} before it responded.`)),
      );
    });
  } finally {
    await thread.terminate();
  }
}
