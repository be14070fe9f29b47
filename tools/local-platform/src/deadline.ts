/**
 * Runs work under a signal that is aborted with a TimeoutError when the time is up, with the outer one, and at the end.
 *
 * `AbortSignal.any([outer, AbortSignal.timeout(ms)])` says the same and must not be used: nothing holds the inner signal,
 * so Node 20 collects it as garbage and it never fires.
 */
export async function withDeadline<T>(
  milliseconds: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expiry = new AbortController();
  const message = `not done within ${milliseconds / 1000} s`;
  const timer = setTimeout(() => expiry.abort(new DOMException(message, 'TimeoutError')), milliseconds);
  try {
    return await work(outer ? AbortSignal.any([outer, expiry.signal]) : expiry.signal);
  } finally {
    clearTimeout(timer);
    // Whatever else the work had started under the signal ends with it.
    expiry.abort();
  }
}
