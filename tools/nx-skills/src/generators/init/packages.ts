import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getProjects, type Tree } from 'nx/src/devkit-exports.js';
import { editJson, readJsonFile } from '../edit-json.js';
import { plugin } from './plugin-entry.js';
import { nxVersion } from './supported-nx.js';

const file = 'package.json';

type Packages = Record<string, string>;
export interface Manifest {
  dependencies?: Packages;
  devDependencies?: Packages;
}

const kinds = ['dependencies', 'devDependencies'] as const;

/** What skills neither import nor are tested with. */
const forPlugin = ['@nx/devkit', '@odoobo/local-platform', 'esbuild'];

/** The packages that skills run with, and those that build, check and test them. */
function wanted(): Required<Manifest> {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    version: string;
  } & Required<Manifest>;
  return {
    dependencies: { '@odoobo/skill-kit': `^${own.version}`, zod: own.dependencies['zod'] ?? '*' },
    devDependencies: {
      '@types/node': '^20.19.43',
      typescript: '~6.0.3',
      vitest: '^4.1.12',
      '@nx/devkit': nxVersion,
      // Were it a dependency of the plugin, pnpm 11 and later would refuse to add the plugin, because of its install script.
      esbuild: own.devDependencies['esbuild'] ?? '*',
      // pnpm links only the commands of declared packages, and users need the command `local-platform`.
      '@odoobo/local-platform': `^${own.version}`,
    },
  };
}

/**
 * Adds only packages that the workspace neither declares nor contains: it keeps its own versions.
 * @returns whether any was missing
 */
export function addPackages(tree: Tree): boolean {
  const declared = declaredIn(readJsonFile<Manifest>(tree, file));
  const projects = getProjects(tree);
  let added = false;
  for (const kind of kinds)
    for (const [name, range] of Object.entries(wanted()[kind])) {
      if (projects.has(name) || declared.has(name)) continue;
      editJson(tree, file, [kind, name], range);
      added = true;
    }
  return added;
}

/**
 * Removes the plugin and the packages that `addPackages` added.
 * @param before the manifest from before the plugin was added; without it only our own packages are removed
 * @param stillUsed whether skills are left, which need the packages that they run and are tested with
 * @returns the names of the packages that were removed
 */
export function removePackages(tree: Tree, before: Manifest | undefined, stillUsed: boolean): string[] {
  const manifest = readJsonFile<Manifest>(tree, file) ?? {};
  const { dependencies, devDependencies } = wanted();
  const added = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const ours = [plugin, ...(stillUsed ? forPlugin : added)].filter((name) =>
    before ? !declaredIn(before).has(name) : name.startsWith('@odoobo/'),
  );
  return kinds.flatMap((kind) => {
    const declared = Object.keys(manifest[kind] ?? {});
    const removed = declared.filter((name) => ours.includes(name));
    for (const name of removed) editJson(tree, file, [kind, name], undefined);
    if (removed.length > 0 && removed.length === declared.length)
      editJson(tree, file, [kind], before?.[kind]);
    return removed;
  });
}

function declaredIn(manifest: Manifest = {}): Set<string> {
  return new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})));
}
