/** What a benchmark has found, in Markdown. */
export interface Report {
  title: string;
  /** What was compared with what, and what follows from it. */
  body: string;
}

/**
 * Measures one thing against a stated rival and leaves nothing behind, also when it fails.
 *
 * @throws when what it measures does not do its job, and the reason of `signal`
 */
export type Benchmark = (signal: AbortSignal) => Promise<Report>;
