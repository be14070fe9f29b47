/** A command line that is wrong, in words for whoever wrote it. */
export class UsageError extends Error {
  override name = 'UsageError';
}
