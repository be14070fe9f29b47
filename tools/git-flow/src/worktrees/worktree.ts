/** A worktree that a skill should have. */
export interface WorktreeRequest {
  skill: string;
  /** `skill/pr-review` */
  branch: string;
  /** Absolute, with symbolic links resolved. */
  path: string;
  /** Check out only these folders and the files at the root; paths relative to the root. If absent, everything. */
  folders?: readonly string[];
}

/** The action; `adopted` is a worktree created for a branch that existed before. */
export type WorktreeAction = 'created' | 'adopted' | 'repaired' | 'kept' | 'removed' | 'absent';

export interface WorktreeResult {
  skill: string;
  branch: string;
  /** Its path: not always the requested one. */
  path: string;
  /** Undefined when there is no usable worktree. */
  action?: WorktreeAction;
  /** What failed; together with an action, the installation of dependencies. */
  error?: unknown;
}

/** Quotes a path or branch for pasting into a shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
