/** So many good answers end it. */
const enough = 5;

/** After an answer that failed, so many requests to live come before the next one. */
const between = 8;

/** Of several routers, the second waits for so many times as many more, the third for twice that: the first one tries alone. */
const perRank = 4;

/** How long a router that has met a failure waits for a word of each other, which may have met one, too. One of them may be gone. */
const unheardMs = 2_000;

/**
 * The first requests to a canary: one at a time and, once one has failed, with some to live between, so that few users meet a canary that
 * fails all of them, whatever its weight and however many requests come at once. Requests to live between are what the canary is
 * compared to, so it also takes fewer of its own to tell.
 */
export class Probation {
  #good = 0;
  #inFlight = 0;
  #hasFailed = false;
  /** Requests to live that have ended since the canary failed one. */
  #live = 0;
  #rank = 0;
  /** When the last failure was that not every other router was heard of since. */
  #unheardSince = -Infinity;
  readonly #heardSince = new Set<string>();
  /** The places of the clients that the canary has given a good answer. */
  readonly #served = new Set<number>();

  /** @param routers how many there are */
  constructor(private readonly routers: number) {}

  /**
   * Whether the canary may take one more request.
   * @param place of the client
   * @param isItsOwn whether the client must not be sent back to live while the canary is trusted, as far as its cookie tells
   */
  admits(place: number, isItsOwn: boolean): boolean {
    if (this.isOver) return true;
    if (this.#hasFailed) return this.#inFlight === 0 && this.#isPatient;
    return this.#inFlight === 0 || isItsOwn || this.#served.has(place);
  }

  get isOver(): boolean {
    return this.#good >= enough;
  }

  get #isPatient(): boolean {
    return (
      this.#live >= between * (1 + perRank * this.#rank) && performance.now() - this.#unheardSince > unheardMs
    );
  }

  began(): void {
    this.#inFlight++;
  }

  /** An answer has begun, or there is none: `undefined` where that says nothing of the canary. */
  ended(failed: boolean | undefined, place: number): void {
    this.#inFlight--;
    if (failed === undefined) return;
    this.#hasFailed = failed;
    this.#live = 0;
    if (failed) {
      if (this.routers > 1) this.#unheardSince = performance.now();
      this.#heardSince.clear();
      return;
    }
    this.#good++;
    if (!this.isOver) this.#served.add(place);
  }

  /** Another router has said what it knows. */
  heard(router: string): void {
    this.#heardSince.add(router);
    if (this.#heardSince.size >= this.routers - 1) this.#unheardSince = -Infinity;
  }

  /**
   * Another router has met a failure.
   * @param rank how many of the routers that are known of come before this one
   */
  warn(rank: number): void {
    this.#rank = rank;
    if (this.#good === 0) this.#hasFailed = true;
  }

  sawLive(): void {
    this.#live++;
  }
}
