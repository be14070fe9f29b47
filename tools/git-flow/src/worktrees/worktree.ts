/** A worktree that a skill should have. */
export interface WorktreeRequest {
  skill: string;
  /** `skill/pr-review` */
  branch: string;
  /** Absolute, with symbolic links resolved. */
  path: string;
  /** Check out these folders only, and the files at the root; paths relative to it. All of it where left out. */
  folders?: readonly string[];
}

/** What was done; `adopted` is a worktree made for a branch that was there before. */
export type WorktreeAction = 'created' | 'adopted' | 'repaired' | 'kept' | 'removed' | 'absent';

export interface WorktreeResult {
  skill: string;
  branch: string;
  /** Where it is: not always the requested path. */
  path: string;
  /** Undefined when there is no usable worktree. */
  action?: WorktreeAction;
  /** What failed; beside an action, the installation of dependencies. */
  error?: unknown;
}

/** A path or branch as it can be pasted into a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
