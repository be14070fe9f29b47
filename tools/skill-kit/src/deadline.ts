/**
 * Runs work that gets a signal of its own: it aborts after `ms` milliseconds with `reason`, or when `outer` does.
 * Node 20 collects an AbortSignal.timeout that only AbortSignal.any knows, so that it never fires: hence the timer.
 * `@odoobo/machine` has deadlines too; these ten lines save every service the installation of one more package.
 */
export async function withDeadline<T>(
  ms: number,
  reason: Error,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expiry = new AbortController();
  const timer = setTimeout(() => expiry.abort(reason), ms);
  try {
    return await work(AbortSignal.any([outer, expiry.signal]));
  } finally {
    clearTimeout(timer);
  }
}
