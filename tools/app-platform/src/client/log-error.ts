/** What is wrong with a log; the message continues "the log at <host> ...". */
export class LogError extends Error {
  override readonly name = 'LogError';
}

/**
 * The same parts; an error names the host, but not the signed URL.
 * @throws Error; the signal's reason when that is aborted
 */
export async function* withHost<T>(
  parts: AsyncIterable<T>,
  { host }: URL,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    yield* parts;
  } catch (cause) {
    signal?.throwIfAborted();
    const what = cause instanceof LogError ? cause.message : 'ended unexpectedly';
    throw new Error(`the log at ${host} ${what}`, { cause });
  }
}
