import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Outcome } from './judge.js';
import type { Variant } from './variant.js';

/** How one version answers. Its times are log-normal: one in a hundred takes ten times the median. */
export interface Service {
  /** The share of requests that fail. */
  readonly failures: number;
  readonly medianMs: number;
}

/** Requests to two versions, a share of them to the canary. The same seed gives the same requests. */
export class Traffic {
  readonly #generator;

  constructor(
    seed: number,
    readonly weight: number,
    readonly versions: Readonly<Record<Variant, Service>>,
  ) {
    this.#generator = xoroshiro128plus(seed);
    // Generators of small seeds begin alike; far ahead they do not.
    this.#generator.jump();
  }

  next(): { variant: Variant; outcome: Outcome } {
    const variant = this.#random() < this.weight ? 'canary' : 'live';
    const { failures, medianMs } = this.versions[variant];
    const failed = this.#random() < failures;
    return { variant, outcome: { failed, ms: medianMs * Math.exp(this.#normal()) } };
  }

  /** Box and Muller's transform. */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  /** From 0 up to, but not including, 1. */
  #random(): number {
    return uniformFloat64(this.#generator);
  }
}
