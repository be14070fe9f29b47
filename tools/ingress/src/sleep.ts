/** How long a request waits for a component that is asleep. */
const longestWaitMs = 120_000;

/** The time in which a component is asleep: it has no instances, and its requests wait for one. */
export class Sleep {
  /** Resolves when the first request waits, or when it is over. */
  readonly asked: Promise<void>;
  #onAsked: () => void = () => undefined;
  readonly #waiting = new Set<(failure?: string) => void>();

  constructor() {
    this.asked = new Promise((resolve) => (this.#onAsked = resolve));
  }

  /** Wakes it without waiting for it. */
  ask(): void {
    this.#onAsked();
  }

  /** Resolves when it is over, with the reason if the component does not start; after two minutes anyway. */
  wait(): Promise<string | undefined> {
    this.ask();
    return new Promise((resolve) => {
      const late = setTimeout(() => done(`it did not start within ${longestWaitMs / 1000} s`), longestWaitMs);
      const done = (failure?: string): void => {
        clearTimeout(late);
        this.#waiting.delete(done);
        resolve(failure);
      };
      this.#waiting.add(done);
    });
  }

  /** @param failure why the component does not start */
  end(failure?: string): void {
    for (const done of this.#waiting) done(failure);
    this.#onAsked();
  }
}
