import type { ChangedFile } from './diff/parse-diff.js';
import type { Budget } from './model/budget.js';
import { commentOnChange } from './model/comment-on-change.js';
import { reviewFiles, type ReviewOptions } from './review.js';
import { sarifOf } from './sarif/sarif.js';
import type { Review } from './schema.js';

export interface ChangeOptions extends ReviewOptions {
  /** Adds the issues as a SARIF log. */
  sarif: boolean;
  /** Lets a language model comment, until the given time of `performance.now()`. */
  model?: { env: NodeJS.ProcessEnv; budget: Budget; until: number };
}

/**
 * Reviews a change by the rules, and adds what the caller asked for besides. The model gets the finished review, so it cannot change it.
 * @throws the reason of `signal` when that aborts
 */
export async function reviewChange(files: ChangedFile[], options: ChangeOptions): Promise<Review> {
  const { model, sarif, signal } = options;
  const review = await reviewFiles(files, options);
  const model_review =
    model &&
    (await commentOnChange(files, review.issues, {
      ...model,
      msLeft: model.until - performance.now(),
      signal,
    }));
  return {
    ...review,
    ...(model_review && { model_review }),
    ...(sarif && { sarif: sarifOf(review.issues, files) }),
  };
}
