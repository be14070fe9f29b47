import { gitOutput } from '@odoobo/machine/git';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundledFile } from './bundle.js';

/**
 * The paths of the files of a skill that git does not ignore, so nothing that it ignores is ever shipped.
 * @param kind of the skill, for the message: `Python`
 * @throws where it is in no git repository
 */
export async function gitFiles(skillRoot: string, kind: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  try {
    const listed = (await gitOutput(args, { cwd: skillRoot })).split('\0').filter((path) => path !== '');
    const there = await Promise.all(listed.map((path) => isThere(join(skillRoot, path))));
    return listed.filter((_, index) => there[index]);
  } catch (cause) {
    throw new Error(
      `The files of ${skillRoot} cannot be listed: a ${kind} skill is built from the files that git does not ignore. ` +
        'Create a git repository: git init',
      { cause },
    );
  }
}

/** Git lists a deleted file until the deletion is committed. */
async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** @throws where it is not a regular file: a link would be read as its target, which may be outside of the skill */
export async function readPlainFile(skillRoot: string, path: string): Promise<BundledFile> {
  const file = join(skillRoot, path);
  const stats = await lstat(file);
  if (!stats.isFile())
    throw new Error(`${file} is not a regular file, so it cannot be shipped. Replace it by the file itself.`);
  const isProgram = (stats.mode & 0o100) !== 0;
  return { path, contents: await readFile(file), ...(isProgram && { executable: true }) };
}
