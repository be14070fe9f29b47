import type { CreateNodes, CreateNodesResult, NxJsonConfiguration } from '@nx/devkit';
import { basename, dirname } from 'node:path';
import { defaultAppSpec, readIdentity } from '../manifest/read-identity.js';
import { ownCheckout } from './own-checkout.js';
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
