/**
 * Runs work with its own signal, which aborts after `ms` milliseconds with `reason`, or when `outer` does. It needs no
 * AbortSignal.any: Node keeps such a signal, and all that its listeners hold, for long after the work.
 * `@odoobo/machine` has deadlines too; these lines save every service one more package.
 */
export async function withDeadline<T>(
  ms: number,
  reason: Error,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const timer = setTimeout(() => inner.abort(reason), ms);
  const leave = () => inner.abort(outer.reason);
  outer.addEventListener('abort', leave);
  try {
    if (outer.aborted) leave();
    return await work(inner.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', leave);
  }
}
