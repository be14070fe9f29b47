import { type GitOptions, gitOutput } from '@odoobo/machine/git';

export interface BranchHead {
  commit: string;
  /** Absolute path of the working tree that has the branch checked out. */
  worktree?: string;
}

/** The heads of local branches; those that do not exist are left out. */
export async function readBranches(
  branches: readonly string[],
  options: GitOptions,
): Promise<Map<string, BranchHead>> {
  const refs = branches.map((branch) => `refs/heads/${branch}`);
  if (refs.length === 0) return new Map();
  const format = '%(refname)%00%(objectname)%00%(worktreepath)';
  const lines = (await gitOutput(['for-each-ref', `--format=${format}`, ...refs], options)).split('\n');
  // A pattern of for-each-ref also finds branches "below" a name.
  return new Map(lines.map(toEntry).filter(([branch]) => branches.includes(branch)));
}

function toEntry(line: string): [branch: string, head: BranchHead] {
  const [ref = '', commit = '', worktree = ''] = line.split('\0');
  return [ref.replace(/^refs\/heads\//, ''), { commit, ...(worktree && { worktree }) }];
}
