import { Workspace } from '@odoobo/e2e/workspace';
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Where this repository is. */
export const repository = join(import.meta.dirname, '../../..');

/** What Nx needs to see in this repository. */
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
 * Lends out a copy of this repository with its own git history, Nx cache and local platform. The Nx plugin is the
 * one that is built here. Its daemon and its platform are stopped at the end, and the copy is deleted.
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

/** Gives every skill another version, and so another artefact. */
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
