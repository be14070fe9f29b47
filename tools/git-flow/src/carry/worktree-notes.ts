import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing, readGitLink } from '../worktrees/administration.js';

/** Notes about a worktree, kept beside git's own records of it, so that they are deleted with those. */
export interface WorktreeNotes {
  /** Marks of the copied files at that time, by path from the root. No content: they hold secrets. */
  carried: Record<string, FileMark>;
  /** The files that the `postCreate` command created: it would create them again. */
  made: Record<string, FileMark>;
  /** Whether the `postCreate` command still has to succeed. */
  postCreate: 'pending' | 'done';
}

/** Shows whether a file was written since then. */
export interface FileMark {
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

const nothing: WorktreeNotes = { carried: {}, made: {}, postCreate: 'done' };

const fileName = 'git-flow.json';

/** @param worktree absolute path of its root */
export async function readNotes(worktree: string, options: GitOptions): Promise<WorktreeNotes> {
  const text = await readFile(await notesFile(worktree, options), 'utf8').catch(ifMissing('{}'));
  return { ...nothing, ...(JSON.parse(text) as Partial<WorktreeNotes>) };
}

/** Changes some of the notes, and keeps the rest. */
export async function writeNotes(
  worktree: string,
  change: Partial<WorktreeNotes>,
  options: GitOptions,
): Promise<void> {
  const notes = { ...(await readNotes(worktree, options)), ...change };
  const file = await notesFile(worktree, options);
  await writeFile(`${file}.new`, `${JSON.stringify(notes)}\n`);
  await rename(`${file}.new`, file);
}

async function notesFile(worktree: string, options: GitOptions): Promise<string> {
  return join(await gitDirectory(worktree, options), fileName);
}

/** The folder that git keeps for a worktree. Absolute path. */
export async function gitDirectory(worktree: string, options: GitOptions): Promise<string> {
  // Without a process of git where there is a link: notes are read several times for each worktree.
  const link = await readGitLink(worktree);
  if (typeof link === 'object') return link.target;
  return gitOutput(['rev-parse', '--absolute-git-dir'], { ...options, cwd: worktree });
}
