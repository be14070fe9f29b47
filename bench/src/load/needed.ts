/** What was measured with a number of instances. */
export interface Trial {
  instances: number;
  p95Ms: number;
  failed: number;
}

/** The limits within which a rate counts as served. */
export interface Limits {
  p95Ms: number;
  /** Not more instances are tried. */
  most: number;
}

/** Whether a rate was served. */
export function isServed({ p95Ms, failed }: Trial, limits: Limits): boolean {
  return failed === 0 && p95Ms <= limits.p95Ms;
}

/**
 * Tries one instance, then one more each time, until the rate is served.
 * @returns all trials; the last one served the rate, unless `most` instances do not
 */
export async function untilServed(
  attempt: (instances: number) => Promise<Trial>,
  limits: Limits,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (let instances = 1; instances <= limits.most; instances++) {
    const trial = await attempt(instances);
    trials.push(trial);
    if (isServed(trial, limits)) break;
  }
  return trials;
}

/** Of rates, until the distance is at most this share. */
const precision = 0.1;

/**
 * Finds the highest rate that is served: it doubles the rate until it is not, and then halves the distance.
 * @param from requests a second, the first rate that is tried
 * @param highest not more is tried
 * @returns requests a second; 0 if not even the first is served
 */
export async function highestServed(
  isServedAt: (perSecond: number) => Promise<boolean>,
  from: number,
  highest: number,
): Promise<number> {
  let served = 0;
  let refused = from;
  while (refused <= highest && (await isServedAt(refused))) [served, refused] = [refused, refused * 2];
  if (served === 0) return 0;
  while (refused <= highest && refused - served > served * precision) {
    const between = Math.round((served + refused) / 2);
    if (await isServedAt(between)) served = between;
    else refused = between;
  }
  return served;
}
