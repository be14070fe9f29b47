import type { SkillPlace } from '../manifest/load-manifest.js';
import type { MergeOptions } from './options.js';

/** What a run that merges is given. */
export interface MergeRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: MergeOptions;
  env: NodeJS.ProcessEnv;
  /** What Nx takes for the default branch; what the remote says goes before. */
  defaultBase: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  onVerify: (branches: number, label: string) => void;
  onMerge: (branches: number, into: string) => void;
  /** Told of each run of tests on merges. */
  onCheck: (merges: string) => void;
  /** Told of each branch and worktree that is cleaned up. */
  onRemoved: (branch: string, worktree: string) => void;
  onWarning: (message: string) => void;
}

/** A branch that may land. */
export interface Candidate {
  /** The skill, where the run was started. */
  place: SkillPlace;
  /** `skill/pr-review` */
  branch: string;
  /** Full hash of its head. */
  head: string;
  /** Absolute path of the working tree that has it checked out. */
  worktree?: string;
}

/** What was found of the head of a branch: it is live and passes its tests. */
export interface Proof {
  environment: string;
  deployment: string;
  /** None where the platform built it from git and was not told of an artefact. */
  digest?: string;
  url: string;
  /** ISO time. */
  verifiedAt: string;
}

/** A branch that may land, and what proves it; no proof where it was asked to do without. */
export interface Verified {
  candidate: Candidate;
  proof?: Proof;
}

/** A branch that has not landed. Nothing of it has changed. */
export interface RefusedMerge {
  skill: string;
  outcome: 'refused';
  branch: string;
  /** In a line or more. */
  reason: string;
  /** That conflict. */
  files?: string[];
  /** Commands that go on from there. */
  advice?: string[];
}

/** How the merge of a skill ended. */
export type SkillMerge =
  | RefusedMerge
  | { skill: string; outcome: 'nothing'; why: string }
  | { skill: string; outcome: 'merged'; branch: string; head: string; mergeCommit: string; proof?: Proof };

/** The part of a hash that tells commits apart. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 9);
}
