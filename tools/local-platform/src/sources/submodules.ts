import { join, posix } from 'node:path';
import { DeploymentFailure } from '../deployments/failure.js';
import { isCloneUrl } from './clone-url.js';
import { type Git, GitError } from './git.js';
import type { Commit } from './mirror.js';
import { leaves, readIfThere } from './source-files.js';

const localMs = 60_000;

export interface Submodule {
  /** Where its files are, in the files of the commit. */
  path: string;
  url: string;
  /** Its commit. */
  hash: string;
}

/**
 * The submodules of a commit whose files are laid out. One that `.gitmodules` does not name has no files, as with git itself.
 * @throws DeploymentFailure for a URL that cannot be cloned; GitError
 */
export async function submodulesIn(
  git: Git,
  mirror: string,
  { url: parent, hash }: Commit,
  folder: string,
  signal: AbortSignal,
): Promise<Submodule[]> {
  const file = join(folder, '.gitmodules');
  if ((await readIfThere(file)) === undefined) return [];
  const options = { signal, deadlineMs: localMs };
  const listed = await git.run([`--git-dir=${mirror}`, 'ls-tree', '-r', '-z', hash], options);
  const commits = new Map(
    [...listed.matchAll(/160000 commit ([0-9a-f]+)\t([^\0]+)\0/g)].map(([, its = '', path = '']) => [
      path,
      its,
    ]),
  );
  const names = ['config', '--file', file, '--null', '--get-regexp', String.raw`^submodule\..*\.(path|url)$`];
  const named = await git.run(names, options).catch((error: unknown) => {
    // An empty file.
    if (error instanceof GitError) return '';
    throw error;
  });
  return modulesOf(named).flatMap(({ path, url }) => {
    const its = commits.get(path);
    if (its === undefined || leaves(path)) return [];
    const whole = absolute(url, parent);
    if (isCloneUrl(whole)) return { path, url: whole, hash: its };
    throw new DeploymentFailure(
      'BuildJobFailed',
      `Could not read the submodule ${path}: its url in .gitmodules is not a path, or a URL that begins with file:, https: or ssh:`,
    );
  });
}

/** From what git prints: `submodule.<name>.path`, a line break, the value, and a zero byte. */
function modulesOf(text: string): { path: string; url: string }[] {
  const modules = new Map<string, { path: string; url: string }>();
  for (const [, name = '', key, value] of text.matchAll(/submodule\.([^\n]*)\.(path|url)\n([^\0]*)\0/g))
    modules.set(name, { path: '', url: '', ...modules.get(name), [key as 'path' | 'url']: value });
  return [...modules.values()];
}

/** gitmodules(5): one that begins with `./` or `../` is relative to where the repository itself comes from. */
function absolute(url: string, parent: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  const [, base = '', path = ''] = /^([a-z]+:\/\/[^/]*|[^/]*@[^/:]*:)?(.*)$/.exec(parent) ?? [];
  return `${base}${posix.join(path, url)}`;
}
