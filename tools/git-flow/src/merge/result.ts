/** A branch that should land, at exactly this commit. */
export interface BranchToMerge {
  skill: string;
  /** Such as `skill/pr-review`. */
  branch: string;
  /** Full hash of its head when it was verified; nothing else is merged. */
  commit: string;
  /** Message of the merge commit. */
  message: string;
}

/** The result for a branch. Only `merged` has changed anything. */
export type MergeResult = { skill: string; branch: string; commit: string } & (
  | { outcome: 'merged'; mergeCommit: string }
  | { outcome: 'already-merged' }
  /** The head of the branch is not the verified commit; `now` is undefined when the branch is gone. */
  | { outcome: 'moved'; now?: string }
  | { outcome: 'conflict'; files: string[] }
  /** The two have no common history, so they cannot be compared. */
  | { outcome: 'unrelated' }
  /** Git could not merge it; `why` is its message. */
  | { outcome: 'failed'; why: string }
  /** Together with what lands before it, it does not pass the check; `output` is that of the check. */
  | { outcome: 'check-failed'; output: string }
);

/** Whether the local branch of the target's name has the merges too. */
export type LocalBranch = { worktree?: string } & ({ follows: true } | { follows: false; why: string });

export interface MergeReport {
  /** One per branch, in the order of the request. */
  results: MergeResult[];
  /** The head of the branch merged into, now. */
  head: string;
  /** Attempts: more than one when another push came first. */
  attempts: number;
  /** None when nothing landed. */
  local?: LocalBranch;
}
