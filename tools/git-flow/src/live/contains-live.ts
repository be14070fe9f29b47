import { git as runGit, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { isAncestor } from '../merge/in-memory.js';
import { type Inputs, objectAt, readIds } from './inputs.js';
import { diffFiles, filesNotTakenOver } from './taken-over.js';

export interface ContainsLiveOptions extends GitOptions {
  /** Full hash of what would be shipped. */
  commit: string;
  live: {
    /** Full hash of the live commit, where known. */
    commit?: string | undefined;
    /** The state of its inputs (`inputsOf`), used if that commit is not in this clone: for example, its branch was deleted. */
    inputs?: Readonly<Inputs> | undefined;
  };
  /** Inputs of what is shipped: folders and files, relative to `cwd`. At least one. */
  paths: readonly string[];
}

/** Whether what would be shipped contains everything that is live, and if not, why. */
export type Containment =
  | {
      contained: true;
      /** `content`: as after a squash, a rebase or a cherry-pick, whose commits have other ids. */
      by: 'commit' | 'content';
    }
  | {
      contained: false;
      /** `older`: the live commit is a descendant of it. `diverged`: each has something that the other lacks. */
      because: 'older' | 'diverged';
      /** What is live; the first line of its message. */
      live: { commit: string; subject: string };
      /** Files whose live state would be lost, from the root of the repository. */
      files: string[];
    }
  | {
      contained: false;
      /**
       * `unknown-commit`: this clone has no such commit, and no state in the history of what would be shipped equals the live one.
       * `shallow`: the history of this clone is cut off; `git fetch --unshallow` brings the rest.
       */
      because: 'unknown-commit' | 'shallow';
      live: { commit: string | undefined };
      /** Paths whose live state was not found, as given. */
      paths: string[];
    };

/**
 * Whether a commit contains the live state of some paths: then it may replace it. By commit, if the live commit is an
 * ancestor. Otherwise by content: every file that the live commit has changed had that state once in the commit's history, or
 * was merged into it with the changes of others.
 *
 * Fetch deployed commits first (`readDeployed`): only with the live commit can an older state be distinguished from a
 * deliberate revert.
 * @throws {GitError} when the commit that would be shipped is not in this clone, or git does not answer in time
 */
export async function containsLive({
  commit,
  live,
  paths,
  ...git
}: ContainsLiveOptions): Promise<Containment> {
  const known = await readCommit(live.commit, git);
  const answer = known
    ? await compareCommits(known, { commit, paths, git })
    : await compareInputs(live, { commit, paths, git });
  if (answer.contained || answer.because === 'older' || !(await isShallow(git))) return answer;
  return { contained: false, because: 'shallow', live: answer.live, paths: [...paths] };
}

interface Wanted {
  commit: string;
  paths: readonly string[];
  git: GitOptions;
}

interface LiveCommit {
  commit: string;
  subject: string;
}

async function compareCommits(live: LiveCommit, { commit, paths, git }: Wanted): Promise<Containment> {
  if (await isAncestor(live.commit, commit, git)) return { contained: true, by: 'commit' };
  const differing = await diffFiles(live.commit, commit, paths, git);
  if (differing.size === 0) return { contained: true, by: 'content' };
  // Even if its content is that of an ancestor: then it is a revert, made later than this commit.
  if (await isAncestor(commit, live.commit, git))
    return { contained: false, because: 'older', live, files: [...differing.keys()] };
  const files = await filesNotTakenOver(differing, { live: live.commit, commit, paths, git });
  if (files.length === 0) return { contained: true, by: 'content' };
  return { contained: false, because: 'diverged', live, files };
}

/** If only the content of the live version is known: searches for it in the history, path by path. */
async function compareInputs(
  { commit: liveCommit, inputs = {} }: ContainsLiveOptions['live'],
  { commit, paths, git }: Wanted,
): Promise<Containment> {
  const missing: string[] = [];
  for (const path of paths) {
    const id = inputs[path];
    if (id === undefined || !(await wasEver(id, path, { commit, paths, git }))) missing.push(path);
  }
  if (missing.length === 0) return { contained: true, by: 'content' };
  return { contained: false, because: 'unknown-commit', live: { commit: liveCommit }, paths: missing };
}

async function wasEver(id: string, path: string, { commit, git }: Wanted): Promise<boolean> {
  const args = ['--literal-pathspecs', 'rev-list', '--full-history', commit, '--', path];
  const commits = (await gitOutput(args, git)).split('\n').filter(Boolean);
  const ids = await readIds(
    [commit, ...commits].map((one) => objectAt(one, path)),
    git,
  );
  return ids.includes(id);
}

/** Looked up by its hash only: the value may come from others, and a name would be resolved in this clone. */
async function readCommit(commit: string | undefined, git: GitOptions): Promise<LiveCommit | undefined> {
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const { exitCode, stdout } = await runGit(['log', '-1', '--format=%s', commit], git);
  return exitCode === 0 ? { commit, subject: stdout } : undefined;
}

async function isShallow(git: GitOptions): Promise<boolean> {
  return (await gitOutput(['rev-parse', '--is-shallow-repository'], git)) === 'true';
}
