/** A branch that should land, and exactly which commit of it. */
export interface BranchToMerge {
  skill: string;
  /** Such as `skill/pr-review`. */
  branch: string;
  /** Full hash of what its head was when it was proven; nothing else is merged. */
  commit: string;
  /** Of the merge commit. */
  message: string;
}

/** What became of a branch. Only `merged` has changed anything. */
export type MergeResult = { skill: string; branch: string; commit: string } & (
  | { outcome: 'merged'; mergeCommit: string }
  | { outcome: 'already-merged' }
  /** The head of the branch is another commit than the one that was proven; `now` is none when the branch is gone. */
  | { outcome: 'moved'; now?: string }
  | { outcome: 'conflict'; files: string[] }
  /** Neither has a commit that the other one has too, so there is nothing to compare them by. */
  | { outcome: 'unrelated' }
  /** Git could not merge it; `why` is what it said. */
  | { outcome: 'failed'; why: string }
  /** Together with what lands before it, it does not pass the check; `output` is what the check said. */
  | { outcome: 'check-failed'; output: string }
);

/** Whether the branch of this repository that was merged into shows the merges too. */
export type LocalBranch =
  { follows: true; worktree?: string } | { follows: false; why: string; worktree?: string };

export interface MergeReport {
  /** One a branch, in the order of the request. */
  results: MergeResult[];
  /** The head of the branch merged into, now. */
  head: string;
  /** How often it was tried: more than once when somebody else was first. */
  attempts: number;
  /** None when nothing landed. */
  local?: LocalBranch;
}
