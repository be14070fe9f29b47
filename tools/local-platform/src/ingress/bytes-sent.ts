const dayMs = 24 * 3600 * 1000;

/** Counts bytes by UTC day. */
export class BytesSent {
  /** Bytes by day, `2026-11-23`. */
  readonly byDay = new Map<string, number>();
  #day = '';
  #dayEnds = 0;

  add(bytes: number): void {
    const now = Date.now();
    if (now >= this.#dayEnds) this.#begin(now);
    this.byDay.set(this.#day, (this.byDay.get(this.#day) ?? 0) + bytes);
  }

  #begin(now: number): void {
    this.#day = new Date(now).toISOString().slice(0, 10);
    this.#dayEnds = (Math.floor(now / dayMs) + 1) * dayMs;
  }
}
