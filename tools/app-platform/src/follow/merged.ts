/** Merges the output of several writers into one stream; each writer waits until its part is read. */
export class Merged<T> implements AsyncIterable<T> {
  readonly #parts: { part: T; taken: () => void }[] = [];
  #end: { error?: Error } | undefined;
  #left = false;
  #wake: () => void = () => undefined;

  /** Resolves when the part is read, or the reader has left. */
  put(part: T): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((taken) => {
      this.#parts.push({ part, taken });
      this.#wake();
    });
  }

  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  fail(error: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The reader has left. */
  leave(): void {
    this.#left = true;
    for (const { taken } of this.#parts.splice(0)) taken();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#parts.shift();
      if (next) {
        yield next.part;
        next.taken();
      } else if (this.#end) {
        if (this.#end.error) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((wake) => (this.#wake = wake));
      }
    }
  }
}
