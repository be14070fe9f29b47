import type { ChangedFile } from './diff/parse-diff.js';
import { reviewFiles, type ReviewOptions } from './review.js';
import { sarifOf } from './sarif/sarif.js';
import type { Review } from './schema.js';

export interface ChangeOptions extends ReviewOptions {
  /** Adds the issues as a SARIF log. */
  sarif: boolean;
}

/**
 * Reviews a change by the rules, and adds what the caller asked for besides.
 * @throws the reason of `signal` when that aborts
 */
export async function reviewChange(files: ChangedFile[], options: ChangeOptions): Promise<Review> {
  const review = await reviewFiles(files, options);
  return { ...review, ...(options.sarif && { sarif: sarifOf(review.issues, files) }) };
}
