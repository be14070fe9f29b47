interface Wait {
  ms: number;
  done: () => void;
  timer?: NodeJS.Timeout | undefined;
}

/** Reports when something has been up for a time without a break. */
export class UpTime {
  readonly #waits = new Set<Wait>();
  #isUp = false;
  #isOver = false;

  /** Resolves when it has been up for `ms` from now on without a break, or is over. */
  reaches(ms: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const wait: Wait = { ms, done: resolve };
      this.#waits.add(wait);
      if (this.#isUp) this.#count(wait);
    });
  }

  /** Safe to repeat: the time counts from the first call. */
  up(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    for (const wait of this.#waits) this.#count(wait);
  }

  down(): void {
    this.#isUp = false;
    for (const { timer } of this.#waits) clearTimeout(timer);
  }

  /** The result is no longer needed: releases all that wait. */
  end(): void {
    this.down();
    this.#isOver = true;
    for (const { done } of this.#waits) done();
    this.#waits.clear();
  }

  #count(wait: Wait): void {
    wait.timer = setTimeout(() => {
      this.#waits.delete(wait);
      wait.done();
    }, wait.ms);
  }
}
