import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Administration, ifMissing, renameAdministration, writeGitLink } from './administration.js';
import type { Found } from './examine.js';

/**
 * Repairs a broken worktree. Existing files are never overwritten: differences from the branch show as uncommitted
 * changes.
 */
export async function repair(
  { path, administration, faults }: Extract<Found, { state: 'broken' }>,
  options: GitOptions,
): Promise<void> {
  const there = { ...options, cwd: path };
  const kept = faults.includes('link') ? await renameAdministration(administration) : administration;
  if (faults.includes('folder')) await mkdir(path, { recursive: true });
  if (faults.includes('link')) await writeGitLink(path, kept);
  if (faults.includes('index')) await rebuildIndex(kept.directory, there);
  // Staged changes are in the index, so the files are restored as they were staged.
  if (faults.includes('folder')) await gitOutput(['checkout-index', '--all', '--quiet'], there);
}

/** Puts a worktree back on its branch when HEAD is lost. */
export async function restoreHead({ directory }: Administration, branch: string): Promise<void> {
  await writeFile(join(directory, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

/** A torn index is kept beside the new one. */
async function rebuildIndex(directory: string, there: GitOptions): Promise<void> {
  const index = join(directory, 'index');
  await rename(index, `${index}.broken-${Date.now()}`).catch(ifMissing(undefined));
  await gitOutput(['reset', '--quiet', '--no-refresh'], there);
}
