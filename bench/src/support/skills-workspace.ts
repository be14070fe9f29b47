import { Workspace } from '@odoobo/e2e/workspace';
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Root folder of this repository. */
export const repository = join(import.meta.dirname, '../../..');

/** The files of this repository that Nx needs. */
const copied = [
  'skills',
  'tools',
  'infra',
  'nx.json',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.json',
];
const left = ['node_modules', 'dist', 'out-tsc'];

/** The skills of this repository, in alphabetical order. */
export const skills = ['design-tokens', 'nl-sql', 'odoo-rpc', 'pr-review', 'visual-diff'];

/**
 * Passes a copy of this repository with its own git history, Nx cache and local platform. Its Nx plugin is the
 * one built here. At the end its daemon and its platform are stopped, and the copy is deleted.
 */
export async function withSkillsWorkspace<T>(use: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await Workspace.create({});
  try {
    await Promise.all(copied.map((name) => copy(name, workspace.root)));
    await workspace.commit('the repository');
    return await use(workspace);
  } finally {
    await workspace.nx(['daemon', '--stop']);
    await workspace.close();
  }
}

/** Gives every skill a new version, and so a new artefact. */
export async function releaseAll(workspace: Workspace, version: string): Promise<void> {
  for (const skill of skills) {
    const file = `skills/${skill}/skill.json`;
    const manifest = JSON.parse(await workspace.read(file)) as object;
    await workspace.write(file, JSON.stringify({ ...manifest, version }));
  }
}

function copy(name: string, to: string): Promise<void> {
  return cp(join(repository, name), join(to, name), {
    recursive: true,
    filter: (source) => !left.includes(basename(source)),
  });
}
