import { logLikelihood, logSumExp, type Tally } from './two-proportions.js';

/** How far over the bound, in odds: from a fifth to nearly always. */
const overBy = [1.2, 1.5, 2, 4, 10, 1000];

/**
 * Evidence that events happen more often than a bound allows, which may be looked at as often as one likes: the likelihood ratio of
 * rates over the bound to the bound itself, the stake spread over several such rates.
 */
export class Bound {
  readonly #bound: number;
  readonly #logs = overBy.map(() => -Math.log(overBy.length));

  /** @param bound The highest rate that is allowed, over 0 and below 1. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  add(tally: Tally): void {
    overBy.forEach((ratio, index) => {
      const odds = (ratio * this.#bound) / (1 - this.#bound);
      const log = this.#logs[index] ?? 0;
      this.#logs[index] = log + logLikelihood(odds / (1 + odds), tally) - logLikelihood(this.#bound, tally);
    });
  }

  /** The evidence as odds, as that of two proportions. */
  get evidence(): number {
    return Math.exp(logSumExp(this.#logs));
  }
}
