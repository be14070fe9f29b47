import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitOutput, type GitOptions } from '@odoobo/machine/git';
import { ifMissing } from '../worktrees/administration.js';

/** What is known of a worktree that git does not keep: beside what git keeps of it, so that it goes with that. */
export interface WorktreeNotes {
  /** By path from the root, the files that were carried into it, as they were then. No content: they hold secrets. */
  carried: Record<string, FileMark>;
  /** Those that were as the command left them that is run in each new worktree: it would make them again. */
  made: Record<string, FileMark>;
  /** Whether the command that is run once in each new worktree has still to succeed. */
  postCreate: 'pending' | 'done';
}

/** By what a file shows that it was not written since. */
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

/** Changes some of it, and leaves the rest as it is. */
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

/** What git keeps of a worktree. Absolute. */
export function gitDirectory(worktree: string, options: GitOptions): Promise<string> {
  return gitOutput(['rev-parse', '--absolute-git-dir'], { ...options, cwd: worktree });
}
