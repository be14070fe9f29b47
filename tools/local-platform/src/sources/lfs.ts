import { type Git, GitError } from './git.js';

const localMs = 60_000;
const shown = 3;

/**
 * A sentence about files whose contents are kept by Git LFS, and that the commit only points to; empty where there are none.
 * The form of a pointer: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
 */
export async function lfsNote(git: Git, mirror: string, hash: string, signal: AbortSignal): Promise<string> {
  const found = async (pattern: string, ...paths: string[]): Promise<string[]> => {
    const args = [
      `--git-dir=${mirror}`,
      'grep',
      '--name-only',
      '-z',
      '-I',
      '-e',
      pattern,
      hash,
      '--',
      ...paths,
    ];
    const names = await git.run(args, { signal, deadlineMs: localMs }).catch((error: unknown) => {
      // It ends with 1 where nothing is found.
      if (error instanceof GitError) return '';
      throw error;
    });
    return names.split('\0').flatMap((name) => (name === '' ? [] : name.slice(hash.length + 1)));
  };
  if ((await found('filter=lfs', ':(glob)**/.gitattributes')).length === 0) return '';
  const pointers = await found('^version https://git-lfs', '.');
  if (pointers.length === 0) return '';
  const more = pointers.length > shown ? ` and ${pointers.length - shown} more` : '';
  const what = pointers.length === 1 ? 'is a pointer' : 'are pointers';
  return (
    `${pointers.slice(0, shown).join(', ')}${more} ${what} of Git LFS (git lfs), whose contents are not downloaded. ` +
    'Commit such a file without git lfs, or download it in build_command.'
  );
}
