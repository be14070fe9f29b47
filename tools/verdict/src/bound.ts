import { Stakes } from './stakes.js';
import { logLikelihood, type Tally } from './two-proportions.js';

/** How far over the bound, in odds: from a fifth to nearly always. */
const overBy = [1.2, 1.5, 2, 4, 10, 1000];

/**
 * Evidence that events happen more often than a bound allows, which may be looked at as often as one likes: the likelihood ratio of
 * rates over the bound to the bound itself, the stake spread over several such rates.
 */
export class Bound {
  readonly #bound: number;
  readonly #stakes = new Stakes(overBy.map(() => -Math.log(overBy.length)));

  /** @param bound The highest rate that is allowed, over 0 and below 1. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  add(tally: Tally): void {
    overBy.forEach((ratio, index) => {
      const odds = (ratio * this.#bound) / (1 - this.#bound);
      const over = logLikelihood(odds / (1 + odds), tally);
      this.#stakes.add(index, over - logLikelihood(this.#bound, tally));
    });
  }

  /** What the alternatives have won, for whoever sees other requests to the same version. */
  get won(): readonly number[] {
    return this.#stakes.won;
  }

  /** The evidence as odds, with what others have won. */
  evidence(others?: readonly number[]): number {
    return this.#stakes.evidence(others);
  }
}
