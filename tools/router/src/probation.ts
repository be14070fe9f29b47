/** So many good answers end it. */
const enough = 5;

/** After an answer that failed, so many requests to live come before the next one. */
const between = 8;

/** Of several routers, the second waits for so many times as many more, the third for twice that: the first one tries alone. */
const perRank = 4;

/** So long, too: the word that the first one has met a failure may take longer than many requests of a fast client. */
const perRankMs = 500;

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
  /** Requests to live that have ended since the last failure that is known of, here or at another router. */
  #live = 0;
  /** When that failure became known. */
  #failedAt = -Infinity;
  /** How many failures others have met, as far as is known. */
  #failedElsewhere = 0;
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
    const now = performance.now();
    return (
      this.#live >= between * (1 + perRank * this.#rank) &&
      now - this.#failedAt >= perRankMs * this.#rank &&
      now - this.#unheardSince > unheardMs
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
      this.#failedAt = performance.now();
      if (this.routers > 1) this.#unheardSince = this.#failedAt;
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
   * Other routers have met failures.
   * @param failures how many
   * @param rank how many of the routers that are known of come before this one
   */
  warn(failures: number, rank: number): void {
    this.#rank = rank;
    if (this.#good === 0) this.#hasFailed = true;
    // While another one tries, this one waits: if both tried, the canary would be out only after more than were needed.
    if (failures <= this.#failedElsewhere) return;
    this.#failedElsewhere = failures;
    this.#failedAt = performance.now();
    this.#live = 0;
  }

  sawLive(): void {
    this.#live++;
  }
}
