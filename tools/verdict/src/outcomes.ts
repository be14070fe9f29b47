import type { Variant } from './variant.js';

/** What was measured of one variant. */
export interface OutcomeSample {
  readonly count: number;
  /** null without any. */
  readonly mean: number | null;
  /** Of a sample: divided by one less than the count; null below two. */
  readonly variance: number | null;
}

/** By how much the mean of the canary is above that of live. */
export interface Difference {
  readonly estimate: number;
  /** The true difference is between the two all the time, with the confidence that was asked. */
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/** Sums of one variant: of the numbers, and of the squares of their distances from the mean. */
export interface MomentSums {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/** All that one observer knows, for adding up what several have seen of the same versions. */
export interface OutcomeSums {
  readonly live: MomentSums;
  readonly canary: MomentSums;
  /** How precisely the difference is known, and that times the difference. */
  readonly information: number;
  readonly weighted: number;
  /** The information at its first interval; 0 before. */
  readonly scale: number;
}

/** Below this, a mean is too far from normal for a confidence that holds. */
const fewest = 100;

/**
 * Compares the means of a number that requests report, such as what was sold. It may be looked at after every request: the interval
 * is a confidence sequence, which covers the true difference at all times together.
 *
 * A normal mixture in information time (Robbins 1970; Johari and others, "Always valid inference", 2022): means are taken as normal,
 * which is why it says nothing before both variants have 100. What was seen at one weight is compared to what was seen at the same
 * weight, and the comparisons are added up: when the share of the canary grows in a better hour, that is not to its credit.
 */
export class Outcomes {
  readonly #seen = { live: new Moments(), canary: new Moments() };
  #part = { live: new Moments(), canary: new Moments() };
  /** Of the parts that have ended: the information, and that times the difference. */
  #ended = { information: 0, weighted: 0 };
  /** The information at the first interval: about there the sequence is narrowest for what it has seen. */
  #scale: number | undefined;

  /** @param error The chance that the interval ever misses the true difference: over 0 and below 1. */
  constructor(private readonly error = 0.05) {}

  add(variant: Variant, value: number): void {
    this.#seen[variant].add(value);
    this.#part[variant].add(value);
    if (this.#scale === undefined) this.#scale = this.#all()?.information;
  }

  /** The share of the canary changes from now on. */
  endPart(): void {
    this.#ended = this.#all() ?? this.#ended;
    this.#part = { live: new Moments(), canary: new Moments() };
  }

  get sums(): OutcomeSums {
    const { information = 0, weighted = 0 } = this.#all() ?? {};
    const { live, canary } = this.#seen;
    return { live: live.sums, canary: canary.sums, information, weighted, scale: this.#scale ?? 0 };
  }

  of(variant: Variant): OutcomeSample {
    return sampleOf([this.#seen[variant].sums]);
  }

  /** None before there is enough of both. */
  get difference(): Difference | undefined {
    return differenceOf([this.sums], this.error);
  }

  #all(): { information: number; weighted: number } | undefined {
    const information = informationOf(this.#part.live, this.#part.canary);
    const sum = this.#ended.information + information;
    if (sum === 0) return undefined;
    const weighted = information === 0 ? 0 : information * (this.#part.canary.mean - this.#part.live.mean);
    return { information: sum, weighted: this.#ended.weighted + weighted };
  }
}

/**
 * The difference by what several observers have seen, each of requests of its own. What one has seen is compared to what the same one
 * has seen at the same time.
 * @param error The chance that the interval ever misses the true difference.
 */
export function differenceOf(sums: readonly OutcomeSums[], error = 0.05): Difference | undefined {
  const total = (of: (one: OutcomeSums) => number): number => sums.reduce((sum, one) => sum + of(one), 0);
  const information = total((one) => one.information);
  const scale = total((one) => one.scale);
  if (information === 0 || scale === 0) return undefined;
  const estimate = total((one) => one.weighted) / information;
  const sum = information + scale;
  const radius = Math.sqrt(sum * Math.log(sum / (scale * error ** 2))) / information;
  return { estimate, low: estimate - radius, high: estimate + radius, confidence: 1 - error };
}

/** What was measured of one variant by several observers. */
export function sampleOf(sums: readonly MomentSums[]): OutcomeSample {
  const { count, mean, squares } = sums.reduce(together, { count: 0, mean: 0, squares: 0 });
  return { count, mean: count > 0 ? mean : null, variance: count > 1 ? squares / (count - 1) : null };
}

/** Chan, Golub and LeVeque's sum of two such sums. */
function together(one: MomentSums, other: MomentSums): MomentSums {
  const count = one.count + other.count;
  if (count === 0) return one;
  const apart = other.mean - one.mean;
  return {
    count,
    mean: one.mean + (apart * other.count) / count,
    squares: one.squares + other.squares + (apart ** 2 * one.count * other.count) / count,
  };
}

/** How precisely the difference of two means is known: one over its variance; 0 where there is too little to say. */
function informationOf(live: Moments, canary: Moments): number {
  if (live.count < fewest || canary.count < fewest) return 0;
  // A small sample of rare outcomes may have seen none of them: what is known of the other then counts for it.
  // Where each variant always says the same number, only their distance tells how much numbers differ.
  const larger = Math.max(live.variance, canary.variance) || varianceOf(live, canary);
  const variance = larger / live.count + larger / canary.count;
  return variance > 0 ? 1 / variance : 0;
}

/** The variance of all numbers, whichever variant they are of. */
function varianceOf(live: Moments, canary: Moments): number {
  const { count, squares } = together(live.sums, canary.sums);
  return squares / (count - 1);
}

/** Mean and variance without the sums of squares that would lose digits (Welford). */
class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.#squares += before * (value - this.mean);
  }

  get variance(): number {
    return this.#squares / (this.count - 1);
  }

  get sums(): MomentSums {
    return { count: this.count, mean: this.mean, squares: this.#squares };
  }
}
