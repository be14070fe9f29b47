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

  of(variant: Variant): OutcomeSample {
    return this.#seen[variant].sample;
  }

  /** None before there is enough of both. */
  get difference(): Difference | undefined {
    const all = this.#all();
    const scale = this.#scale;
    if (!all || scale === undefined) return undefined;
    const { information, weighted } = all;
    const estimate = weighted / information;
    const sum = information + scale;
    const radius = Math.sqrt(sum * Math.log(sum / (scale * this.error ** 2))) / information;
    return { estimate, low: estimate - radius, high: estimate + radius, confidence: 1 - this.error };
  }

  #all(): { information: number; weighted: number } | undefined {
    const information = informationOf(this.#part.live, this.#part.canary);
    const sum = this.#ended.information + information;
    if (sum === 0) return undefined;
    const weighted = information === 0 ? 0 : information * (this.#part.canary.mean - this.#part.live.mean);
    return { information: sum, weighted: this.#ended.weighted + weighted };
  }
}

/** How precisely the difference of two means is known: one over its variance; 0 where there is too little to say. */
function informationOf(live: Moments, canary: Moments): number {
  if (live.count < fewest || canary.count < fewest) return 0;
  // A small sample of rare outcomes may have seen none of them: what is known of the other then counts for it.
  const larger = Math.max(live.variance, canary.variance);
  const variance = larger / live.count + larger / canary.count;
  return variance > 0 ? 1 / variance : 0;
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

  get sample(): OutcomeSample {
    const { count, mean } = this;
    return { count, mean: count > 0 ? mean : null, variance: count > 1 ? this.variance : null };
  }
}
