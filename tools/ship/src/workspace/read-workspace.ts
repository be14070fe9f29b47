import { gitOutput } from '@odoobo/machine/git';
import { runner } from '@odoobo/machine/package-manager';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RunWorkspace } from '../commands/run.js';
import { manifestFile, readManifest, sharedFiles } from '../manifest/find-manifests.js';
import { readIdentity } from '../manifest/read-identity.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { SkillTarget } from '../manifest/target-names.js';
import type { Sources } from '../runs/sources.js';
import { isRoot } from './find-root.js';

/** A skill, and the skills that must be live before it. */
export interface OrderedPlace extends SkillPlace {
  dependencies: readonly string[];
}

/** A workspace that is read from its manifests and packages, without Nx. */
export interface PlainWorkspace extends RunWorkspace {
  places: readonly OrderedPlace[];
}

/**
 * Reads a workspace from the manifests and the packages that git lists.
 * @param root absolute
 * @param cwd the folder that the user is in
 * @throws when it is no git repository
 */
export async function readWorkspace(root: string, cwd: string): Promise<PlainWorkspace> {
  const isOwn = ownFolders(root);
  const [listed, defaultBase] = await Promise.all([
    filesNamed([manifestFile, ...sharedFiles], root),
    defaultBranchOf(root),
  ]);
  const files = listed.filter((file) => isOwn(dirname(file)));
  return {
    root,
    cwd,
    places: placesIn(files, root),
    sources: sourcesIn(files, root),
    defaultBase,
  };
}

/** Tells the folders of a workspace from those of others inside of it, such as examples; looks at each folder once. */
function ownFolders(root: string): (folder: string) => boolean {
  const known = new Map([['.', true]]);
  const isOwn = (folder: string): boolean => {
    const own = known.get(folder) ?? (isOwn(dirname(folder)) && !isRoot(join(root, folder)));
    known.set(folder, own);
    return own;
  };
  return isOwn;
}

/** Git does not list the files of other checkouts, such as worktrees inside of this one. */
async function filesNamed(names: readonly string[], root: string): Promise<string[]> {
  const patterns = names.map((name) => `:(glob)**/${name}`);
  const listed = ['--cached', '--others', '--exclude-standard', '--deduplicate', '-z'];
  const printed = await gitOutput(['ls-files', ...listed, '--', ...patterns], { cwd: root });
  return printed.split('\0').filter((file) => file !== '');
}

/** The names that people give to the branch that all others start from. What the remote says goes before them. */
const usualBranches = ['main', 'master', 'trunk', 'develop'];

async function defaultBranchOf(root: string): Promise<string> {
  const refs = usualBranches.map((name) => `refs/heads/${name}`);
  const printed = await gitOutput(['for-each-ref', '--format=%(refname:short)', ...refs], { cwd: root });
  const there = printed.split('\n');
  return usualBranches.find((name) => there.includes(name)) ?? 'main';
}

function placesIn(files: readonly string[], workspaceRoot: string): OrderedPlace[] {
  const folders = files
    .filter((file) => readManifest(join(workspaceRoot, dirname(file)), basename(file)) !== undefined)
    .map((file) => dirname(file));
  return [...new Set(folders)].sort().map((skillRoot) => {
    const { id: skill, dependencies } = readIdentity(workspaceRoot, skillRoot);
    return { workspaceRoot, skillRoot, skill, dependencies, command: commandLine(skill) };
  });
}

function commandLine(skill: string) {
  return (target: SkillTarget): string =>
    target === 'worktree'
      ? `git worktree add .worktrees/${skill} -b skill/${skill}`
      : `${runner} odoobo ${target} ${skill}`;
}

/** The packages of the workspace, and which of them each one depends on. A package has the name of its folder here. */
function sourcesIn(files: readonly string[], root: string): Sources {
  const packages = files
    .filter((file) => basename(file) === 'package.json')
    .map((file) => ({ folder: dirname(file), ...readPackage(join(root, file)) }));
  const folders = new Map(packages.map(({ folder, name }) => [name, folder]));
  const dependencies = packages.map(({ folder, needs }) => [
    folder,
    needs.flatMap((name) => {
      const target = folders.get(name);
      return target === undefined ? [] : [{ target, type: 'static' }];
    }),
  ]);
  const nodes = packages.map(({ folder }) => [folder, { name: folder, data: { root: folder } }]);
  return { graph: { nodes: Object.fromEntries(nodes), dependencies: Object.fromEntries(dependencies) } };
}

function readPackage(file: string): { name: string; needs: string[] } {
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const { name, dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
    const all = { ...asObject(dependencies), ...asObject(devDependencies) };
    const needs = { ...all, ...asObject(peerDependencies), ...asObject(optionalDependencies) };
    return { name: typeof name === 'string' ? name : '', needs: Object.keys(needs) };
  } catch {
    // The package manager reports a file that it cannot read.
    return { name: '', needs: [] };
  }
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
