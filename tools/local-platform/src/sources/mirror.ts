import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { keptForMs } from '../state/leftover-files.js';
import { type Git, GitError } from './git.js';

const fetchMs = 10 * 60_000;
const localMs = 5 * 60_000;

/** A commit of a repository. */
export interface Commit {
  /** To clone from; may hold credentials. */
  url: string;
  /** Where the commit was found; undefined for the repository's default branch. */
  branch: string | undefined;
  hash: string;
}

type CheckOut = [git: Git, mirror: string, commit: Commit, folder: string, signal: AbortSignal];

/** The repository is there and the commit is not. */
export class CommitNotThere extends Error {
  override name = 'CommitNotThere';
}

/**
 * Creates a folder with the files of a commit. `mirror` is a bare repository that keeps what was fetched before; a broken one,
 * as a power cut may leave it, is recreated, and so is one that has gathered a month of fetches: nothing else tidies it. One
 * caller at a time for a mirror.
 * @throws GitError, CommitNotThere, or the reason of `signal`; nothing is left of the folder then
 */
export async function checkOut(...[git, mirror, commit, folder, signal]: CheckOut): Promise<void> {
  const made = await madeAt(mirror);
  const isOld = made !== undefined && Date.now() - made > keptForMs;
  if (made !== undefined && !isOld && (await succeeds(layOut(git, mirror, commit, folder, signal)))) return;
  try {
    await renew(git, mirror, commit, folder, signal);
  } catch (error) {
    // It may just be that its host does not answer.
    if (!isOld || !(error instanceof GitError)) throw error;
    await layOut(git, mirror, commit, folder, signal);
  }
}

/** Deletes mirrors that were unused for a month. @param inTurn runs its work while nothing else uses the mirror */
export async function pruneMirrors(
  mirrors: string,
  inTurn: (mirror: string, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const name of await readdir(mirrors).catch(() => [])) {
    const mirror = join(mirrors, name);
    await inTurn(mirror, async () => {
      const used = (await stat(join(mirror, 'HEAD')).catch(() => undefined))?.mtimeMs ?? 0;
      if (Date.now() - used > keptForMs) await rm(mirror, { recursive: true, force: true });
    });
  }
}

/** In milliseconds since 1970: its configuration is written once. Undefined where there is no mirror. */
async function madeAt(mirror: string): Promise<number | undefined> {
  return (await stat(join(mirror, 'config')).catch(() => undefined))?.mtimeMs;
}

/** False where git fails, as on a broken mirror. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

/** Beside the old one, which may be whole. */
async function renew(...[git, mirror, commit, folder, signal]: CheckOut): Promise<void> {
  const fresh = `${mirror}.new`;
  await rm(fresh, { recursive: true, force: true });
  await initialise(git, fresh, commit, signal);
  await layOut(git, fresh, commit, folder, signal);
  await rm(mirror, { recursive: true, force: true });
  await rename(fresh, mirror);
}

async function initialise(git: Git, mirror: string, { hash }: Commit, signal: AbortSignal): Promise<void> {
  const format = hash.length === 64 ? ['--object-format=sha256'] : [];
  await git.run(['init', '--quiet', '--bare', '--template=', ...format, '--', mirror], {
    signal,
    deadlineMs: localMs,
  });
}

async function layOut(...[git, mirror, commit, folder, signal]: CheckOut): Promise<void> {
  await requireCommit(git, mirror, commit, signal);
  const now = new Date();
  await utimes(join(mirror, 'HEAD'), now, now);
  const index = `${folder}.index`;
  const options = { signal, deadlineMs: localMs, env: { GIT_INDEX_FILE: index } };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const here = [`--git-dir=${mirror}`, `--work-tree=${folder}`];
    await git.run([...here, 'read-tree', commit.hash], options);
    await git.run([...here, 'checkout-index', '--all', '--force', '--quiet'], options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(index, { force: true });
  }
}

/** Fetches unless the commit is there: the branch first, then, if the branch has moved past it, the commit itself. */
async function requireCommit(git: Git, mirror: string, commit: Commit, signal: AbortSignal): Promise<void> {
  const { url, branch, hash } = commit;
  if (await has(git, mirror, hash, signal)) return;
  const ref =
    branch === undefined ? '+HEAD:refs/heads/default' : `+refs/heads/${branch}:refs/heads/${branch}`;
  let problem: unknown;
  for (const wanted of [ref, `+${hash}:refs/commits/${hash}`]) {
    try {
      await git.run(
        [`--git-dir=${mirror}`, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', url, wanted],
        { signal, deadlineMs: fetchMs, url },
      );
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      problem = error;
    }
    if (await has(git, mirror, hash, signal)) return;
  }
  if (
    problem instanceof GitError &&
    !/not our ref|couldn't find remote ref|unadvertised/i.test(problem.message)
  )
    throw problem;
  throw new CommitNotThere(`Commit ${hash} is no longer in the repository.`, { cause: problem });
}

function has(git: Git, mirror: string, hash: string, signal: AbortSignal): Promise<boolean> {
  const options = { signal, deadlineMs: localMs };
  return succeeds(git.run([`--git-dir=${mirror}`, 'cat-file', '-e', `${hash}^{commit}`], options));
}
