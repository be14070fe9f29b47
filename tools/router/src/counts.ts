/** Buckets of times, each a quarter wider than the one before: from 0.1 ms to beyond a minute. */
const bucketsPerDoubling = 3;
const shortestMs = 0.1;
const buckets = 59;

export interface CountsReading {
  /** Requests that ended, failures included. */
  requests: number;
  /** Answered with 500 or higher, broken off, or not answered when the client left. */
  failures: number;
  /** Milliseconds from the request to the end of its answer, right to about an eighth; null without any. Failures are left out. */
  p50: number | null;
  p95: number | null;
  /** How many answers took up to so many milliseconds, and longer than the bucket before. */
  times: { upTo: number; requests: number }[];
}

/** Counts and times of one variant. */
export class Counts {
  #failures = 0;
  readonly #times = new Float64Array(buckets);

  add(failed: boolean, ms: number): void {
    if (failed) {
      this.#failures += 1;
      return;
    }
    const bucket = Math.floor(Math.log2(ms / shortestMs) * bucketsPerDoubling);
    const at = Math.min(buckets - 1, Math.max(0, bucket));
    this.#times[at] = (this.#times[at] ?? 0) + 1;
  }

  read(): CountsReading {
    const answered = this.#times.reduce((sum, one) => sum + one, 0);
    const times = [...this.#times].map((requests, at) => ({ upTo: rounded(at + 1), requests }));
    return {
      requests: answered + this.#failures,
      failures: this.#failures,
      p50: this.#percentile(answered, 0.5),
      p95: this.#percentile(answered, 0.95),
      times: times.filter(({ requests }) => requests > 0),
    };
  }

  /** The middle of the bucket in which that share of the answers is reached. */
  #percentile(answered: number, part: number): number | null {
    if (answered === 0) return null;
    let reached = 0;
    return rounded(this.#times.findIndex((count) => (reached += count) >= answered * part) + 0.5);
  }
}

function rounded(bucket: number): number {
  return Number((shortestMs * 2 ** (bucket / bucketsPerDoubling)).toPrecision(3));
}
