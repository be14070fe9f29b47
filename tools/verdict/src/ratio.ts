/** New clients that were given a variant at one weight, and got their answer. */
export interface Assigned {
  /** The share of the canary that was asked for: over 0 and below 1. */
  readonly share: number;
  readonly live: number;
  readonly canary: number;
}

/** Whether the variants got as many clients as they had to. */
export interface Ratio {
  readonly live: number;
  readonly canary: number;
  /** How many of them the canary had to get; null without any. */
  readonly expected: number | null;
  /** The evidence that the ratio is off, as odds: 1 says nothing. */
  readonly odds: number;
  /** Whether it is: then clients of one variant were lost, and the outcomes compare different people. By chance in one of 1,000 experiments. */
  readonly isOff: boolean;
}

/** The alternatives lie as if so many clients had been seen already: mostly within seven percent of an even split. */
const earlier = 200;
const enough = 1000;

/**
 * Tests for a sample ratio mismatch, as often as one likes: a beta-binomial mixture against the share that was asked for
 * (Lindon and Malek, "Anytime-valid inference for multinomial count data", 2022), times that of each other share.
 */
export function ratioOf(assigned: readonly Assigned[]): Ratio {
  const sum = (of: (one: Assigned) => number): number => assigned.reduce((all, one) => all + of(one), 0);
  const odds = Math.exp(sum(logOdds));
  const total = sum(({ live, canary }) => live + canary);
  return {
    live: sum(({ live }) => live),
    canary: sum(({ canary }) => canary),
    expected: total === 0 ? null : sum(({ share, live, canary }) => share * (live + canary)),
    odds,
    isOff: odds >= enough,
  };
}

function logOdds({ share, live, canary }: Assigned): number {
  const [a, b] = [earlier * share, earlier * (1 - share)];
  const mixture = logBeta(a + canary, b + live) - logBeta(a, b);
  return mixture - canary * Math.log(share) - live * Math.log1p(-share);
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series from 8 on, where it is right to ten digits; below by the step from one number to the next. */
function logGamma(x: number): number {
  if (x < 8) return logGamma(x + 1) - Math.log(x);
  const inverse = 1 / x;
  const tail = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + tail;
}
