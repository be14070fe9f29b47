import { git as runGit, type GitOptions, gitOutput } from '@odoobo/machine/git';

export interface StandInOptions extends GitOptions {
  /** Full hash of the commit that the changes are on top of. */
  commit: string;
  /** The paths with the changes: folders and files, relative to `cwd`. */
  paths: readonly string[];
}

/** Every clone recognises it by its subject. Author and date are fixed, so the same state gives the same object. */
const subject = 'Deployed with uncommitted changes on top of';
const author = 'nx-skills <nx-skills@example.invalid> 0 +0000';

/**
 * Makes a commit that stands for uncommitted changes, without their content: the user has not asked to publish that. It holds
 * the state before the paths were last changed. So every comparison with it finds them changed, and its merge base with a
 * branch is a commit since which they have changed: the deployed state is never mistaken for a known one.
 * @returns its full hash
 * @throws {GitError} when the commit is not in this clone
 */
export async function commitForUncommitted({ commit, paths, ...git }: StandInOptions): Promise<string> {
  const parent = await beforeLastChange({ commit, paths, ...git });
  const tree = parent
    ? await gitOutput(['rev-parse', `${parent}^{tree}`], git)
    : await gitOutput(['mktree'], { ...git, input: '' });
  const text = [
    `tree ${tree}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${author}`,
    `committer ${author}`,
    '',
    `${subject} ${commit}`,
    '',
  ];
  return gitOutput(['hash-object', '-t', 'commit', '-w', '--stdin'], { ...git, input: text.join('\n') });
}

/** The commit that the uncommitted changes of such a commit are on top of; undefined for any other commit's subject. */
export function uncommittedOn(text: string): string | undefined {
  return new RegExp(`^${subject} ([0-9a-f]{40,64})$`).exec(text)?.[1];
}

/** Undefined if the paths are as in the first commit. */
async function beforeLastChange({ commit, paths, ...git }: StandInOptions): Promise<string | undefined> {
  const args = ['--literal-pathspecs', 'rev-list', '-1', '--first-parent', commit, '--', ...paths];
  const last = await gitOutput(args, git);
  if (last === '') return commit;
  const { exitCode, stdout } = await runGit(['rev-parse', '--verify', '--quiet', `${last}^`], git);
  return exitCode === 0 ? stdout : undefined;
}
