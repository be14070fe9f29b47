import type { SkillPlace } from '../manifest/skill-place.js';
import type { MergeOptions } from './options.js';

/** The parameters of a run that merges. */
export interface MergeRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: MergeOptions;
  env: NodeJS.ProcessEnv;
  /** Nx's default branch; the remote's default branch takes precedence. */
  defaultBase: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  onVerify: (branches: number, label: string) => void;
  onMerge: (branches: number, into: string) => void;
  /** Called for each run of tests on merges. */
  onCheck: (merges: string) => void;
  /** Called for each branch and worktree that is removed. */
  onRemoved: (branch: string, worktree: string) => void;
  onWarning: (message: string) => void;
}

/** A branch that may be merged. */
export interface Candidate {
  /** The skill in the checkout where the run was started. */
  place: SkillPlace;
  /** `skill/pr-review` */
  branch: string;
  /** Full hash of its head. */
  head: string;
  /** Absolute path of the working tree in which it is checked out. */
  worktree?: string;
}

/** The proof that the head of a branch is live and passes its tests. */
export interface Proof {
  environment: string;
  deployment: string;
  /** Undefined if the platform built it from git, without an artefact. */
  digest?: string;
  url: string;
  /** ISO time. */
  verifiedAt: string;
}

/** A branch that may be merged, with its proof; without proof for `--skip-verify`. */
export interface Verified {
  candidate: Candidate;
  proof?: Proof;
}

/** A branch that was not merged, and is unchanged. */
export interface RefusedMerge {
  skill: string;
  outcome: 'refused';
  branch: string;
  /** One or more lines. */
  reason: string;
  /** The files that conflict. */
  files?: string[];
  /** Commands to continue with. */
  advice?: string[];
}

/** The result of merging a skill. */
export type SkillMerge =
  | RefusedMerge
  | { skill: string; outcome: 'nothing'; why: string }
  | { skill: string; outcome: 'merged'; branch: string; head: string; mergeCommit: string; proof?: Proof };

/** The first digits of a hash, which distinguish commits. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 9);
}
