import { type Clock, systemClock } from '@odoobo/machine/time';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that a test advances. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let stop = (): void => undefined;
    try {
      await new Promise<void>((wake, reject) => {
        const sleeper = { at: this.#now + milliseconds, wake };
        this.#sleepers.add(sleeper);
        stop = () => {
          this.#sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', stop);
      });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Advances the time: wakes all waiters whose time has come, in order, and lets each one run before the next. */
  async turn(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
    }
    this.#now = end;
  }
}

/** Lets all work run that is due in this turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock that runs `factor` times faster than real time: for tests in which only waiting takes long. */
export function hastyClock(factor: number): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * factor,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / factor, signal),
  };
}
