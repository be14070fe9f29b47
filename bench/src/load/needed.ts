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
