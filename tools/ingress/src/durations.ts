/** Buckets of times, each a quarter wider than the one before: from 0.1 ms to beyond a minute. */
const bucketsPerDoubling = 3;
const shortestMs = 0.1;

/** How many buckets there are. */
export const buckets = 59;

/** The bucket of a time in milliseconds. */
export function bucketOf(ms: number): number {
  const bucket = Math.floor(Math.log2(ms / shortestMs) * bucketsPerDoubling);
  return Math.min(buckets - 1, Math.max(0, bucket));
}

/**
 * The time in milliseconds within which that share was answered: the middle of its bucket, so right to about an eighth. Null
 * where nothing was answered.
 * @param counts how many answers took how long, by bucket
 */
export function percentile(counts: ArrayLike<number>, share: number): number | null {
  const all = Array.from(counts);
  const answered = all.reduce((sum, one) => sum + one, 0);
  if (answered === 0) return null;
  let reached = 0;
  const bucket = all.findIndex((count) => (reached += count) >= answered * share);
  return shortestMs * 2 ** ((bucket + 0.5) / bucketsPerDoubling);
}
