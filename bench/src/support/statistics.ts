/**
 * The value that a given share of the values does not exceed (nearest rank).
 *
 * @param share from 0 to 1; 0.5 is the median
 * @throws RangeError when there is no value
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('There is no percentile of no values.');
  return found;
}

/** @throws RangeError when there is no value */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
