/**
 * The value that a given share of the values does not exceed (nearest rank), without sorting them all: Hoare's quickselect. It
 * leaves them in another order.
 *
 * @param share from 0 to 1
 * @throws RangeError when there is no value
 */
export function percentileOf(values: Float64Array, share: number): number {
  const rank = Math.max(0, Math.ceil(share * values.length) - 1);
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const end = partition(values, from, to);
    if (rank <= end) to = end;
    else from = end + 1;
  }
  const found = values[rank];
  if (found === undefined) throw new RangeError('There is no percentile of no values.');
  return found;
}

/** Hoare's: afterwards no value up to the returned place is larger than one behind it. */
function partition(values: Float64Array, from: number, to: number): number {
  const at = (index: number) => values[index] as number;
  const middle = at((from + to) >>> 1);
  let [low, high] = [from - 1, to + 1];
  for (;;) {
    do low++;
    while (at(low) < middle);
    do high--;
    while (at(high) > middle);
    if (low >= high) return high;
    const one = at(low);
    values[low] = at(high);
    values[high] = one;
  }
}
