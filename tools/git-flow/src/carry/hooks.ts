import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { access, constants, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ifMissing } from '../worktrees/administration.js';

/** Absolute path of the folder that git takes the hooks of a checkout from: by `core.hooksPath`, which may be relative. */
export function hooksFolder(checkout: string, options: GitOptions): Promise<string> {
  const args = ['rev-parse', '--path-format=absolute', '--git-path', 'hooks'];
  return gitOutput(args, { ...options, cwd: checkout });
}

/** The folder of the hooks, from the root, where it is inside the checkout; undefined where all checkouts share it. */
export async function hooksInside(checkout: string, options: GitOptions): Promise<string | undefined> {
  const way = relative(checkout, await hooksFolder(checkout, options));
  const [first] = way.split(sep);
  return first === '' || first === '..' || first === '.git' ? undefined : way;
}

/** Names of hooks that run in one checkout but not in another. */
export async function missingHooks(from: string, to: string, options: GitOptions): Promise<string[]> {
  const [here, there] = await Promise.all([hooksFolder(from, options), hooksFolder(to, options)]);
  if (here === there) return [];
  const has = new Set(await hooksIn(there));
  return (await hooksIn(here)).filter((name) => !has.has(name));
}

/** https://git-scm.com/docs/githooks: a name of these letters, and executable; git leaves samples beside them. */
async function hooksIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(ifMissing([] as string[]))).filter((name) =>
    /^[a-z0-9-]+$/.test(name),
  );
  const executable = await Promise.all(
    names.map((name) =>
      access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => executable[index]).sort();
}
