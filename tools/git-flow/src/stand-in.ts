import { git as runGit, gitOutput, type GitOptions } from '@odoobo/machine/git';

export interface StandInOptions extends GitOptions {
  /** Full hash of the commit that the changes are on top of. */
  commit: string;
  /** What the changes are in: folders and files, relative to `cwd`. */
  paths: readonly string[];
}

/** By its subject it is known in every clone; everything in it is fixed, so the same state is the same object. */
const subject = 'Deployed with uncommitted changes on top of';
const author = 'nx-skills <nx-skills@example.invalid> 0 +0000';

/**
 * Makes a commit that stands for uncommitted changes, without what they are: nobody has asked to publish that. It holds what was
 * there before the paths were last changed. So whoever compares with it finds them changed, and the base of it and a
 * branch is a commit since which they have changed: what was deployed like that is not taken for known by anything.
 *
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

/** Undefined where they are as the first commit has them. What no commit has yet is in none that comes from this one. */
async function beforeLastChange({ commit, paths, ...git }: StandInOptions): Promise<string | undefined> {
  const args = ['--literal-pathspecs', 'rev-list', '-1', '--first-parent', commit, '--', ...paths];
  const last = await gitOutput(args, git);
  if (last === '') return commit;
  const { exitCode, stdout } = await runGit(['rev-parse', '--verify', '--quiet', `${last}^`], git);
  return exitCode === 0 ? stdout : undefined;
}
