import { getPackageManagerVersion, type Tree } from 'nx/src/devkit-exports.js';
import { isMap, parseDocument } from 'yaml';

const file = 'pnpm-workspace.yaml';

/**
 * Lets pnpm run the install script of esbuild, which builds skills: pnpm 11 and later fail an installation with a script that the
 * workspace has neither allowed nor denied. A decision that is there stays.
 * https://pnpm.io/settings#allowbuilds
 */
export function allowBuilds(tree: Tree): void {
  if (Number.parseInt(getPackageManagerVersion('pnpm', tree.root), 10) < 11) return;
  const settings = parseDocument(tree.read(file, 'utf8') ?? '');
  // pnpm itself reports what is wrong with such a file.
  if (settings.errors.length > 0 || !(settings.contents === null || isMap(settings.contents))) return;
  const path = ['allowBuilds', 'esbuild'];
  // An installation that only warns leaves a placeholder there: "set this to true or false".
  if (typeof settings.getIn(path) === 'boolean') return;
  settings.setIn(path, true);
  tree.write(file, settings.toString());
}

/** Removes the answer about esbuild again. */
export function forgetBuilds(tree: Tree): void {
  const settings = parseDocument(tree.read(file, 'utf8') ?? '');
  if (settings.errors.length > 0 || settings.getIn(['allowBuilds', 'esbuild']) !== true) return;
  settings.deleteIn(['allowBuilds', 'esbuild']);
  const builds = settings.getIn(['allowBuilds']);
  if (isMap(builds) && builds.items.length === 0) settings.deleteIn(['allowBuilds']);
  if (isMap(settings.contents) && settings.contents.items.length === 0) tree.delete(file);
  else tree.write(file, settings.toString());
}
