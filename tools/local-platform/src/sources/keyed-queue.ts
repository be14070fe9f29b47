/** One piece of work at a time for each key, first come, first served. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** @throws the reason of `signal` when it comes before the work's turn; from then on the work looks after it. */
  run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = unlessAborted(before, signal);
    const result = turn.then(work);
    // Work that leaves the queue must not let the next one overtake the one before.
    const over: Promise<void> = Promise.allSettled([before, result]).then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    this.#last.set(key, over);
    return result;
  }
}

async function unlessAborted(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([before, aborted]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}
