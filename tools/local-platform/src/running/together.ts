/**
 * Runs all of them at once. The first that fails aborts the others; once all have ended, it is thrown.
 * @throws what the first to fail threw; the reason of `signal`
 */
export async function together<T>(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const failed = new AbortController();
  const within = AbortSignal.any([signal, failed.signal]);
  const giveUp = (error: unknown): never => {
    // Only the first call counts.
    failed.abort(error);
    throw error;
  };
  const results = await Promise.allSettled(works.map(async (work) => work(within).catch(giveUp)));
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
