import type { CountSums } from './said.js';

/** Buckets of times, each a quarter wider than the one before: from 0.1 ms to beyond a minute. */
const bucketsPerDoubling = 3;
const shortestMs = 0.1;
const buckets = 59;

export interface CountsReading {
  /** Requests that ended, failures included. */
  requests: number;
  /** Answered with 500 or higher, broken off, or not answered when the client had waited longer than nearly all for live and left. */
  failures: number;
  /** Clients that left sooner, before an answer began. Nothing is known of those: they are no requests here. */
  left: number;
  /** Milliseconds from the request to the end of its answer, right to about an eighth; null without any. Failures are left out. */
  p50: number | null;
  p95: number | null;
  /** How many answers took up to so many milliseconds, and longer than the bucket before. */
  times: { upTo: number; requests: number }[];
}

/** Counts and times of one variant. */
export class Counts {
  #failures = 0;
  #left = 0;
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

  leave(): void {
    this.#left += 1;
  }

  /** Milliseconds that 99 of 100 answers did not exceed; infinite while there are fewer than 100. */
  get nearlyAll(): number {
    const answered = this.#answered;
    if (answered < 100) return Infinity;
    let reached = 0;
    return rounded(this.#times.findIndex((count) => (reached += count) >= answered * 0.99) + 1);
  }

  get #answered(): number {
    return this.#times.reduce((sum, one) => sum + one, 0);
  }

  get sums(): CountSums {
    const times = [...this.#times].map((requests, at): [number, number] => [at, requests]);
    return {
      failures: this.#failures,
      left: this.#left,
      times: times.filter(([, requests]) => requests > 0),
    };
  }
}

/** What all these have counted together. */
export function readingOf(sums: readonly CountSums[]): CountsReading {
  const times = new Float64Array(buckets);
  for (const [at, requests] of sums.flatMap((one) => one.times))
    if (at < buckets) times[at] = (times[at] ?? 0) + requests;
  const answered = times.reduce((sum, one) => sum + one, 0);
  const failures = sums.reduce((sum, one) => sum + one.failures, 0);
  return {
    requests: answered + failures,
    failures,
    left: sums.reduce((sum, one) => sum + one.left, 0),
    p50: percentileOf(times, answered, 0.5),
    p95: percentileOf(times, answered, 0.95),
    times: [...times]
      .map((requests, at) => ({ upTo: rounded(at + 1), requests }))
      .filter(({ requests }) => requests > 0),
  };
}

/** The middle of the bucket in which that share of the answers is reached. */
function percentileOf(times: Float64Array, answered: number, part: number): number | null {
  if (answered === 0) return null;
  let reached = 0;
  return rounded(times.findIndex((count) => (reached += count) >= answered * part) + 0.5);
}

function rounded(bucket: number): number {
  return Number((shortestMs * 2 ** (bucket / bucketsPerDoubling)).toPrecision(3));
}
