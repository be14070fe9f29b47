import { createHistogram } from 'node:perf_hooks';
import { TwoProportions } from './two-proportions.js';
import type { Variant } from './variant.js';

/** The tail around p95: its middle alone sees less of a tail that changed its shape. */
const percentiles = [90, 95, 98];

/** What counts as slow is read from the first 50 requests, then from the next 100, and so on up to this number. */
const firstWindow = 50;
const longestWindow = 1600;

/** A microsecond is the unit of the histograms, an hour their end. */
const longestMicroseconds = 3_600_000_000;

/**
 * Evidence that the slow requests of the canary are slower than those of live by more than a factor.
 *
 * A request is slow when it takes longer than a percentile of earlier requests to live, for the canary times the factor. As long as
 * the canary is slower by at most the factor, slow requests are no more frequent there, whatever the distribution of times and
 * however well the percentile is known, so the test of two proportions holds. One for each percentile, averaged.
 */
export class Tail {
  readonly #factor: number;
  readonly #levels = percentiles.map((percentile) => ({
    percentile,
    slowMs: Number.POSITIVE_INFINITY,
    slow: { live: 0, canary: 0 },
    test: new TwoProportions(),
  }));
  readonly #window = createHistogram({ lowest: 1, highest: longestMicroseconds, figures: 2 });
  #windowSize = firstWindow;
  #requests = { live: 0, canary: 0 };
  #known = false;

  /** @param worseBy How much slower the canary may be: 0.2 is a fifth. */
  constructor(worseBy: number) {
    this.#factor = 1 + worseBy;
  }

  /** Takes a request that succeeded: one that failed fast is no quick one. */
  add(variant: Variant, ms: number): void {
    if (variant === 'live') record(this.#window, ms);
    if (!this.#known) return;
    this.#requests[variant] += 1;
    const comparable = variant === 'canary' ? ms / this.#factor : ms;
    for (const level of this.#levels) if (comparable > level.slowMs) level.slow[variant] += 1;
  }

  /** Ends a block. What counts as slow changes between blocks only, and only by what came before. */
  endBlock(): void {
    const requests = this.#requests;
    if (this.#known && (requests.live === 0 || requests.canary === 0)) return;
    for (const level of this.#levels) {
      level.test.add(
        { requests: requests.live, events: level.slow.live },
        { requests: requests.canary, events: level.slow.canary },
      );
      level.slow = { live: 0, canary: 0 };
    }
    this.#requests = { live: 0, canary: 0 };
    if (this.#window.count >= this.#windowSize) this.#readWindow();
  }

  #readWindow(): void {
    for (const level of this.#levels) level.slowMs = this.#window.percentile(level.percentile) / 1000;
    this.#window.reset();
    this.#windowSize = Math.min(2 * this.#windowSize, longestWindow);
    this.#known = true;
  }

  /** What the alternatives of all percentiles have won, for whoever sees other requests to the same versions. */
  get won(): readonly number[] {
    return this.#levels.flatMap(({ test }) => test.won);
  }

  /** The evidence as odds, with what others have won. */
  evidence(others: readonly number[] = []): number {
    const each = this.#levels.map(({ test }, index) => {
      const { length } = test.won;
      return test.evidence(others.slice(index * length, (index + 1) * length));
    });
    return each.reduce((sum, one) => sum + one, 0) / each.length;
  }
}

/** Records milliseconds in a histogram of microseconds. */
export function record(histogram: ReturnType<typeof createHistogram>, ms: number): void {
  histogram.record(Math.min(longestMicroseconds, Math.max(1, Math.round(ms * 1000))));
}
