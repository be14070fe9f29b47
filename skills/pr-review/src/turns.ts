import { SkillError } from '@odoobo/skill-kit';

interface Waiting {
  size: number;
  start: () => void;
}

/** Lets work run at the same time up to a total size; the rest waits, in order, up to another one. */
export class Turns {
  #running = 0;
  #waiting: Waiting[] = [];

  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
  ) {}

  /**
   * @param size work that is larger than all that may run at the same time runs alone
   * @throws SkillError 503 when too much is waiting, and the signal's reason when it aborts before the turn
   */
  async take<T>(size: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(size, signal);
    try {
      return await work();
    } finally {
      this.#running -= this.#counted(size);
      this.#startNext();
    }
  }

  #turn(size: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(size)) {
      this.#running += this.#counted(size);
      return Promise.resolve();
    }
    if (this.#waiting.reduce((sum, one) => sum + one.size, size) > this.maxWaiting) throw busy();
    return this.#wait(size, signal);
  }

  #wait(size: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(signal.reason as Error);
        this.#startNext();
      };
      const waiting = {
        size,
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #startNext(): void {
    const [next] = this.#waiting;
    if (!next || !this.#fits(next.size)) return;
    this.#running += this.#counted(next.size);
    this.#waiting.shift();
    next.start();
    this.#startNext();
  }

  #counted(size: number): number {
    return Math.min(size, this.maxRunning);
  }

  #fits(size: number): boolean {
    return this.#running + this.#counted(size) <= this.maxRunning;
  }
}

function busy(): SkillError {
  return new SkillError(
    503,
    'busy',
    'Too many large diffs wait for their review. Try again in some seconds.',
  );
}
