/**
 * Runs work that gets a signal of its own: it aborts after `ms` milliseconds with `reason`, or when `outer` does.
 * The timer is ours: Node 20 collects an AbortSignal.timeout that only AbortSignal.any knows, and it never fires.
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
