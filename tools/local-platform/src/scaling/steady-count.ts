import type { Counts } from '../running/component-spec.js';
import type { Measured, Wanted } from './wanted-count.js';

/** Fewer instances come only when no more were wanted for so long: that of the Kubernetes HorizontalPodAutoscaler. */
export const steadyMs = 5 * 60_000;

/** Fewer requests than this share of those with which it was too slow are no reason to expect that it is too slow again. */
const similar = 0.8;

/**
 * What to scale to, without going up and down by turns: up at once; down to the most that was wanted during the last five
 * minutes, and not to a number of instances with which requests like these were too slow.
 */
export class SteadyCount {
  #recent: { at: number; count: number }[] = [];
  #tooSlow: { count: number; requestsPerSecond: number } | undefined;

  /**
   * @param now milliseconds since 1970
   * @returns undefined if the number of instances is to stay
   */
  settle(wanted: Wanted, measured: Measured, { least, most }: Counts, now: number): Wanted | undefined {
    const { count: current } = measured;
    if (this.#recent.length === 0) this.#recent.push({ at: now, count: current });
    const count = Math.min(most, Math.max(least, this.#notTooSlow(wanted, measured)));
    this.#recent = [...this.#recent.filter(({ at }) => now - at < steadyMs), { at: now, count }];
    if (count > current) {
      this.#remember(wanted, measured);
      return { ...wanted, count };
    }
    const down = Math.max(...this.#recent.map((one) => one.count));
    return down < current ? { ...wanted, count: down } : undefined;
  }

  /** Unlike the others, a duration says nothing about how long it would be with fewer instances. */
  #notTooSlow({ count, metric }: Wanted, { count: current, requestsPerSecond = 0 }: Measured): number {
    const before = this.#tooSlow;
    if (!before || metric !== 'request_duration' || requestsPerSecond < similar * before.requestsPerSecond)
      return count;
    return Math.max(count, Math.min(current, before.count + 1));
  }

  #remember({ metric }: Wanted, { count, requestsPerSecond = 0 }: Measured): void {
    if (metric === 'request_duration') this.#tooSlow = { count, requestsPerSecond };
  }
}
