import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers for a simulation: the same seed gives the same numbers. */
export class Random {
  readonly #generator;
  #spare: number | undefined;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
    // Generators of small seeds begin alike; far ahead they do not.
    this.#generator.jump();
  }

  /** From 0 up to, but not including, 1, in steps of 2 to the power of -32. */
  next(): number {
    return (this.#generator.next() >>> 0) / 0x1_0000_0000;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** From the standard normal distribution, by Box and Muller's transform, which makes two at a time. */
  normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
