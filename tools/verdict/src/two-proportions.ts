import { Stakes } from './stakes.js';

/** Requests of one variant, and how many of them were events: failed, or slow. */
export interface Tally {
  readonly requests: number;
  readonly events: number;
}

/** An alternative to "no worse": events happen to live with the chance `live`, and to the canary with the higher chance `canary`. */
interface Alternative {
  readonly live: number;
  readonly canary: number;
  /** Its share of the stake, as a logarithm. */
  readonly logPrior: number;
}

/**
 * The stake is spread over rates from 1 in 3,000 to nearly 1 in 3, and over odds from a third worse to fifty times worse, so that no
 * data are needed to choose what to look for. A quarter lies on the version that fails always: it must be out after five requests.
 */
const alternatives: readonly Alternative[] = spread(
  [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
  [1.3, 1.6, 2, 3, 5, 10, 50],
);

function spread(rates: readonly number[], odds: readonly number[]): Alternative[] {
  const logPrior = Math.log(0.75 / (rates.length * odds.length));
  const worse = rates.flatMap((live) =>
    odds.map((ratio) => ({ live, canary: withOdds(live, ratio), logPrior })),
  );
  return [...worse, { live: 0.001, canary: 0.999, logPrior: Math.log(0.25) }];
}

function withOdds(chance: number, ratio: number): number {
  const odds = (ratio * chance) / (1 - chance);
  return odds / (1 + odds);
}

/**
 * Evidence that events happen more often to the canary than to live, which may be looked at as often as one likes.
 *
 * An e-process for two proportions: Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for
 * optional stopping" (2024). Both variants are compared block by block; while the canary is no worse, the evidence is expected to stay
 * at 1 or fall, whatever the rate is and however it changes from block to block, so the chance that it ever reaches 1/α is at most α.
 * Instead of betting on one estimate, as there, the stake is spread over fixed alternatives: nothing is lost to a bad first estimate.
 */
export class TwoProportions {
  readonly #stakes = new Stakes(alternatives.map(({ logPrior }) => logPrior));

  /** Takes one block: what both variants answered in the same span of time. A block without one of them compares nothing. */
  add(live: Tally, canary: Tally): void {
    if (live.requests === 0 || canary.requests === 0) return;
    alternatives.forEach((alternative, index) =>
      this.#stakes.add(index, logRatio(alternative, live, canary)),
    );
  }

  /** What the alternatives have won, for whoever compares other requests to the same versions. */
  get won(): readonly number[] {
    return this.#stakes.won;
  }

  /** The evidence as odds, with what others have won. */
  evidence(others?: readonly number[]): number {
    return this.#stakes.evidence(others);
  }
}

/** How much likelier the block is under the alternative than under one common rate, the closest to it for these sizes of samples. */
function logRatio(alternative: Alternative, live: Tally, canary: Tally): number {
  const requests = live.requests + canary.requests;
  const common = (live.requests * alternative.live + canary.requests * alternative.canary) / requests;
  return (
    logLikelihood(alternative.live, live) +
    logLikelihood(alternative.canary, canary) -
    logLikelihood(common, { requests, events: live.events + canary.events })
  );
}

/** The logarithm of the chance of exactly these outcomes, in their order. */
export function logLikelihood(chance: number, { requests, events }: Tally): number {
  return events * Math.log(chance) + (requests - events) * Math.log1p(-chance);
}
