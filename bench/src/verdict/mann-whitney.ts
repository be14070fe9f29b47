/** The quantile of the normal distribution for a two-sided confidence of 98 %. */
const z = 2.326;
const tolerance = 0.25;

/** The Mann-Whitney test of Spinnaker's judge between the values of live and those of the canary, looked at after each pair of them. */
export class MannWhitney {
  readonly #live: number[] = [];
  readonly #canary: number[] = [];
  /** Of all pairs of a value of the canary and one of live, those in which the canary's is not higher. */
  #notHigher = 0;

  add(live: number, canary: number): void {
    this.#live.push(live);
    for (const earlier of this.#canary) if (earlier <= live) this.#notHigher++;
    this.#canary.push(canary);
    for (const any of this.#live) if (canary <= any) this.#notHigher++;
  }

  /** Whether the lower end of the confidence interval of the difference is over a quarter of the estimate. */
  get isHigh(): boolean {
    const n = this.#live.length;
    // With fewer values, no difference at all is outside of an interval of 98 %.
    const below = Math.floor((n * n) / 2 - z * Math.sqrt((n * n * (2 * n + 1)) / 12) - 0.5);
    // Most looks end here: the lower end is over nothing only when so few pairs are not.
    if (below < 0 || this.#notHigher > below) return false;
    const differences = Float64Array.from(this.#canary.flatMap((a) => this.#live.map((b) => a - b))).sort();
    const estimate = differences[Math.floor(differences.length / 2)] ?? 0;
    return (differences[below] ?? 0) > tolerance * Math.abs(estimate);
  }
}
