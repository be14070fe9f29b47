import { git as runGit, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { readIds } from './inputs.js';

/** The mode and id of a path; all zeros if nothing is there. */
type FileState = string;

interface Histories {
  live: string;
  commit: string;
  paths: readonly string[];
  git: GitOptions;
}

/** How many commits are merged with the live one to check whether it adds anything, and for how many milliseconds. */
const mostMerges = 50;
const mergesMs = 10_000;

/**
 * Of the files that differ between the live commit and another: those whose live state was never in the history of the other.
 * Only the history since the two diverged counts: earlier states are what the live side has changed.
 * @param differing files that differ, with their live states
 */
export async function filesNotTakenOver(
  differing: ReadonlyMap<string, FileState>,
  histories: Histories,
): Promise<string[]> {
  const changed = await changedByLive(differing, histories);
  if (changed.length === 0) return [];
  const states = await statesSince(histories);
  const left = changed.filter((file) => !states.get(file)?.has(differing.get(file) ?? ''));
  return left.length === 0 ? [] : filesNotMerged(left, histories);
}

/** Files that differ between two commits. @returns with their states in the first, from the root of the repository */
export async function diffFiles(
  from: string,
  to: string,
  paths: readonly string[],
  git: GitOptions,
): Promise<Map<string, FileState>> {
  const printed = await gitOutput(
    ['--literal-pathspecs', 'diff', ...rawFormat, from, to, '--', ...paths],
    git,
  );
  return new Map(parseRaw(printed).map(({ file, from: state }) => [file, state]));
}

/** A file that was not changed on the live side since the two diverged is not missing from the other. */
async function changedByLive(
  differing: ReadonlyMap<string, FileState>,
  { live, commit, paths, git }: Histories,
): Promise<string[]> {
  const { stdout } = await runGit(['merge-base', '--all', live, commit], git);
  let changed = [...differing.keys()];
  for (const base of stdout.split('\n').filter(Boolean)) {
    const files = await diffFiles(base, live, paths, git);
    changed = changed.filter((file) => files.has(file));
  }
  return changed;
}

/** All states that files have had in the history of the commit since it diverged from what is live. */
async function statesSince({ live, commit, paths, git }: Histories): Promise<Map<string, Set<FileState>>> {
  const printed = await gitOutput(
    [
      '--literal-pathspecs',
      ...['-c', 'log.showRoot=true', 'log', '--format=', '--full-history'],
      // Changes from another parent are in that parent's history.
      ...['--diff-merges=first-parent', ...rawFormat],
      ...[`^${live}`, commit, '--', ...paths],
    ],
    git,
  );
  const states = new Map<string, Set<FileState>>();
  for (const { file, to } of parseRaw(printed)) states.set(file, (states.get(file) ?? new Set()).add(to));
  return states;
}

/**
 * Where the live state of a file was merged with changes of others, no commit has exactly that state. Then merging the live
 * commit into the commit that took it over changes nothing.
 */
async function filesNotMerged(files: readonly string[], { live, commit, git }: Histories): Promise<string[]> {
  const giveUpAt = Date.now() + mergesMs;
  const input = [`^${live}`, commit, '--', ...files, ''].join('\n');
  const args = ['rev-list', '--full-history', `--max-count=${mostMerges}`, '--stdin'];
  const root = await gitOutput(['rev-parse', '--show-toplevel'], git);
  const commits = await gitOutput(['--literal-pathspecs', ...args], { ...git, cwd: root, input });
  let left = [...files];
  for (const candidate of commits.split('\n').filter(Boolean)) {
    if (left.length === 0 || Date.now() > giveUpAt) break;
    const merged = await withoutNews(left, live, candidate, git);
    left = left.filter((file) => !merged.has(file));
  }
  return left;
}

/**
 * The files that a merge of the live commit would not change, and without conflict. A missing file is not among them: it may
 * have been moved, and the merge would change it there.
 */
async function withoutNews(
  files: readonly string[],
  live: string,
  into: string,
  git: GitOptions,
): Promise<Set<string>> {
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', into, live];
  const { exitCode, stdout } = await runGit(args, git);
  if (exitCode > 1) return new Set();
  const [tree = '', ...conflicts] = stdout.split('\0').filter(Boolean);
  const changed = await gitOutput(['diff-tree', '-r', '--name-only', '-z', '--no-renames', into, tree], git);
  const news = new Set([...conflicts, ...changed.split('\0')]);
  const unchanged = files.filter((file) => !news.has(file));
  const ids = await readIds(
    unchanged.map((file) => `${into}:${file}`),
    git,
  );
  return new Set(unchanged.filter((_, index) => ids[index] !== undefined));
}

/** https://git-scm.com/docs/git-diff#_raw_output_format */
const rawFormat = [
  '--raw',
  '-z',
  ...['--no-abbrev', '--no-renames', '--no-relative', '--ignore-submodules=none'],
];

function parseRaw(printed: string): { file: string; from: FileState; to: FileState }[] {
  const entry = /:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*\0([^\0]+)\0/g;
  return [...printed.matchAll(entry)].map(([, oldMode, mode, oldId, id, file = '']) => ({
    file,
    from: `${oldMode} ${oldId}`,
    to: `${mode} ${id}`,
  }));
}
