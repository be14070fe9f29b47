/** A wrong command line, described for the user who wrote it. */
export class UsageError extends Error {
  override name = 'UsageError';
}
