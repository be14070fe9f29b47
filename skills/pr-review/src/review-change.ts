import type { ChangedFile } from './diff/parse-diff.js';
import type { Budget } from './model/budget.js';
import { commentOnChange } from './model/comment-on-change.js';
import { reviewFiles, type ReviewOptions } from './review.js';
import { sarifOf } from './sarif/sarif.js';
import type { Review } from './schema.js';
import { Turns } from './turns.js';

export interface ChangeOptions extends ReviewOptions {
  /** Adds the issues as a SARIF log. */
  sarif: boolean;
  /** Lets a language model comment, until the given time of `performance.now()`. */
  model?: { env: NodeJS.ProcessEnv; budget: Budget; until: number };
}

/**
 * Characters of diffs that are reviewed at the same time. The syntax trees of a review of this size take most of the memory, and a second
 * one at the same time would not make either faster: there is one processor for both.
 */
const maxRunning = 1024 * 1024;

/** Characters of diffs that may wait. */
const maxWaiting = 32 * 1024 * 1024;

const turns = new Turns(maxRunning, maxWaiting);

/** A change that is read when its turn comes. */
export interface Change {
  /** Characters of its diff. */
  size: number;
  files: () => ChangedFile[];
}

/**
 * Reviews a change by the rules, and adds what the caller asked for besides. The model gets the finished review, so it cannot change it.
 * @throws SkillError 503 when too many large changes wait, and the reason of `signal` when that aborts
 */
export async function reviewChange(change: Change, options: ChangeOptions): Promise<Review> {
  const { model, sarif, signal } = options;
  const { files, review } = await turns.take(change.size, signal, async () => {
    const files = change.files();
    return { files, review: await reviewFiles(files, options) };
  });
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
