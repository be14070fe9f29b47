import type { CreateNodes, CreateNodesResult, NxJsonConfiguration } from '@nx/devkit';
import { basename, dirname } from 'node:path';
import { readIdentity } from './read-identity.js';
import { defaultAppSpec, skillTargets } from './targets.js';

/**
 * Every folder with a `skill.json` is a project with all targets.
 * Only types come from @nx/devkit: to load it would cost every Nx command more than all that happens here.
 */
export const createNodes: CreateNodes = [
  '**/skill.json',
  async (manifests, _options, { workspaceRoot, nxJsonConfiguration }) =>
    manifests.map((manifest) => [manifest, skillProject(workspaceRoot, manifest, nxJsonConfiguration)]),
];

function skillProject(
  workspaceRoot: string,
  manifest: string,
  nxJson: NxJsonConfiguration,
): CreateNodesResult {
  const root = dirname(manifest);
  const skill = basename(root);
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
        targets: skillTargets(skill, identity.appSpec ?? defaultAppSpec(skill), artefactInput(nxJson)),
        metadata: {
          ...(identity.description ? { description: identity.description } : {}),
          technologies: identity.runtime ? [identity.runtime] : [],
          targetGroups: {
            Ship: ['build', 'validate', 'deploy', 'logs'],
            Check: ['healthcheck', 'smoke-test'],
          },
        },
      },
    },
  };
}

/** Tests are no part of an artefact where the workspace says what is. */
function artefactInput(nxJson: NxJsonConfiguration): string {
  return nxJson.namedInputs?.['production'] ? 'production' : 'default';
}
