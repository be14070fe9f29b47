import type { CreateNodes, CreateNodesResult, NxJsonConfiguration } from '@nx/devkit';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { defaultAppSpec, readIdentity } from '../manifest/read-identity.js';
import { rootProject } from './root-project.js';
import { type PluginOptions, skillTargets } from './targets.js';

/** Every workspace has it at its root. */
const nxJsonFile = 'nx.json';

/**
 * Every folder with a `skill.json` is a project with all targets; the workspace root is a project with the targets about all
 * skills. Only types are imported from @nx/devkit: loading it would cost every Nx command more than everything here.
 */
export const createNodes: CreateNodes<PluginOptions | undefined> = [
  `{${nxJsonFile},**/skill.json}`,
  async (files, options, { workspaceRoot, nxJsonConfiguration }) => {
    const own = files.filter(ownCheckout(workspaceRoot));
    const skills = new Set(own.filter((file) => file !== nxJsonFile).map(skillOf));
    return own.map((file) => [
      file,
      file === nxJsonFile
        ? rootProject(workspaceRoot, skills)
        : skillProject(workspaceRoot, file, nxJsonConfiguration, options),
    ]);
  },
];

/** The name of a skill is that of its folder. */
function skillOf(manifest: string): string {
  return basename(dirname(manifest));
}

function skillProject(
  workspaceRoot: string,
  manifest: string,
  nxJson: NxJsonConfiguration,
  options: PluginOptions | undefined,
): CreateNodesResult {
  const root = dirname(manifest);
  const skill = skillOf(manifest);
  const identity = readIdentity(workspaceRoot, manifest);
  return {
    projects: {
      [root]: {
        root,
        name: skill,
        projectType: 'application',
        sourceRoot: `${root}/src`,
        tags: ['scope:skill'],
        implicitDependencies: identity.dependencies,
        targets: skillTargets(
          skill,
          identity.appSpec ?? defaultAppSpec(skill),
          artefactInput(nxJson),
          options,
        ),
        metadata: {
          ...(identity.description ? { description: identity.description } : {}),
          technologies: identity.runtime ? [identity.runtime] : [],
          targetGroups: {
            Ship: ['build', 'validate', 'plan', 'deploy', 'worktree', 'merge', 'logs'],
            Check: ['healthcheck', 'smoke-test'],
          },
        },
      },
    },
  };
}

/** Tests do not affect an artefact if the workspace declares production inputs. */
function artefactInput(nxJson: NxJsonConfiguration): string {
  return nxJson.namedInputs?.['production'] ? 'production' : 'default';
}

/**
 * Distinguishes files of this checkout from those of others inside the workspace: worktrees kept there, and clones. Nx
 * lists their files too, and two projects with the same name would stop every command.
 * @returns whether a file, given from the workspace root, belongs to this checkout; folders are looked at once
 */
function ownCheckout(workspaceRoot: string): (file: string) => boolean {
  const known = new Map<string, boolean>([['.', true]]);
  const isOwn = (folder: string): boolean => {
    const own =
      known.get(folder) ?? (isOwn(dirname(folder)) && !isOtherCheckout(join(workspaceRoot, folder)));
    known.set(folder, own);
    return own;
  };
  return (file) => isOwn(dirname(file));
}

/** A submodule is part of this checkout: its repository is inside it, and is not a worktree of another one. */
function isOtherCheckout(folder: string): boolean {
  const link = join(folder, '.git');
  const stats = statSync(link, { throwIfNoEntry: false });
  if (!stats) return false;
  if (stats.isDirectory()) return true;
  const [, target = ''] = /^gitdir: (.+)$/m.exec(readFileSync(link, 'utf8')) ?? [];
  const repository = resolve(folder, target);
  // https://git-scm.com/docs/gitrepository-layout: the git directory of a linked worktree names the common directory.
  return target === '' || !existsSync(repository) || existsSync(join(repository, 'commondir'));
}
