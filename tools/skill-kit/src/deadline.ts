/**
 * Runs work with its own signal, which aborts after `ms` milliseconds with `reason`, or when `outer` does. It uses a
 * timer, because Node 20 garbage-collects an AbortSignal.timeout that only AbortSignal.any references, so that it never
 * fires. `@odoobo/machine` has deadlines too; these ten lines save every service one more package.
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
