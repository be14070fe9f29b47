/** Work that continues in the background: its failures are reported, and closing can wait for it. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly report: (message: string) => void) {}

  /** Resolves when the work has ended, successfully or not. */
  add(work: Promise<unknown>): Promise<void> {
    const task: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => this.report(describe(error)),
      )
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
    return task;
  }

  /** Resolves when all work has ended, including work added meanwhile. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
