// A web page uses this file too, so it imports nothing from Node.

/** The clock as a parameter: tests and benchmarks pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    try {
      await abortable(over, signal);
    } finally {
      clearTimeout(timer);
    }
  },
};

/** The abort reason of a signal whose time is up. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';

  constructor(readonly milliseconds: number) {
    super(`not done within ${milliseconds / 1000} s`);
  }
}

export interface Deadline {
  /** Aborted when the time is up (with a DeadlineError) or when the outer signal is aborted (with its reason). */
  readonly signal: AbortSignal;
  /** The abort reason if this deadline has passed, and not an outer one. */
  readonly passed: DeadlineError;
  /** Ends the timer; call it when the work is done. */
  clear(): void;
  /** Clears the deadline and aborts its signal, so that nothing started with it continues after the work. */
  end(): void;
}

/**
 * Starts a deadline of so many milliseconds within an outer signal. `AbortSignal.any([outer, AbortSignal.timeout(ms)])`
 * must not be used for this: nothing references the inner signal, so Node 20 collects it as garbage and it never fires.
 */
export function startDeadline(clock: Clock, milliseconds: number, outer?: AbortSignal): Deadline {
  const done = new AbortController();
  const expiry = new AbortController();
  const passed = new DeadlineError(milliseconds);
  clock.sleep(milliseconds, done.signal).then(
    () => expiry.abort(passed),
    () => undefined,
  );
  return {
    signal: outer ? AbortSignal.any([outer, expiry.signal]) : expiry.signal,
    passed,
    clear: () => done.abort(),
    end: () => {
      done.abort();
      expiry.abort();
    },
  };
}

/**
 * Runs work with a signal that is aborted when the time is up, when the outer signal is aborted, and when the work ends.
 * @throws DeadlineError, unless the work handles the abort itself
 */
export async function withDeadline<T>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(systemClock, milliseconds, outer);
  try {
    return await work(deadline.signal);
  } finally {
    deadline.end();
  }
}

/** Waits for work that does not take a signal: rejects with the signal's reason as soon as it is aborted. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/**
 * The milliseconds of a duration as Go writes it: `5h30m`, `10s`, `1.5m`, without a sign. Undefined for another text.
 * https://pkg.go.dev/time#ParseDuration
 */
export function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
}
