/** A canary that fails so many of them, and has answered none well, is out. */
const enough = 5;

/**
 * The requests that a match leads to the canary. The verdict does not look at them, as they are no fair sample: so this looks whether
 * the canary fails all of them. Until it has answered one well, each router lets one at a time to it, and what is live gets the others.
 */
export class Cohort {
  #good = 0;
  #failed = 0;
  #inFlight = 0;
  /** Good answers that all the others have seen. */
  othersGood = 0;

  /** @param routers how many there are: each may see its part of the failures */
  constructor(private readonly routers: number) {}

  /** How many the canary has answered well, at this router. */
  get good(): number {
    return this.#good;
  }

  /** Whether the canary may take one more. */
  get admits(): boolean {
    return this.#inFlight === 0 || this.#good + this.othersGood > 0;
  }

  /** Whether the canary has failed all of them so far, and enough to tell. */
  get isHopeless(): boolean {
    return (
      this.#failed >= Math.max(1, Math.floor(enough / this.routers)) && this.#good + this.othersGood === 0
    );
  }

  began(): void {
    this.#inFlight++;
  }

  /** An answer has begun, or there is none: `undefined` where that says nothing of the canary. */
  ended(failed: boolean | undefined): void {
    this.#inFlight--;
    if (failed === true) this.#failed++;
    if (failed === false) this.#good++;
  }
}
