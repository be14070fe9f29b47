/** The result of a benchmark, in Markdown. */
export interface Report {
  title: string;
  /** What was compared with what, and what follows from it. */
  body: string;
}

/**
 * Measures one thing against a stated rival, and cleans up even when it fails.
 *
 * @throws when the measured program does not do its job, and the reason of `signal`
 */
export type Benchmark = (signal: AbortSignal) => Promise<Report>;
