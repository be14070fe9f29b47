/** A stake that is spread over alternatives, each of which wins or loses with what is seen. In logarithms: odds may be too large or too small. */
export class Stakes {
  readonly #priors: readonly number[];
  readonly #won: number[];

  /** @param priors The share of each alternative, as a logarithm. */
  constructor(priors: readonly number[]) {
    this.#priors = priors;
    this.#won = priors.map(() => 0);
  }

  /** @param log How much likelier the alternative makes what was just seen, as a logarithm. */
  add(index: number, log: number): void {
    this.#won[index] = (this.#won[index] ?? 0) + log;
  }

  /** What each alternative has won so far. */
  get won(): readonly number[] {
    return this.#won;
  }

  /**
   * The evidence as odds: 1 says nothing, 100 would come about in at most one of a hundred rollouts of a version that is no worse.
   * @param others What the same alternatives have won by other requests to the same versions, added up.
   */
  evidence(others: readonly number[] = []): number {
    return Math.exp(
      logSumExp(this.#priors.map((prior, i) => prior + (this.#won[i] ?? 0) + (others[i] ?? 0))),
    );
  }
}

/** The logarithm of a sum of numbers that are given as logarithms: those may be too small or too large for a number. */
function logSumExp(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}
