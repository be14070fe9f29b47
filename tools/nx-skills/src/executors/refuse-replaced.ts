import type { ExecutorContext, TargetConfiguration } from '@nx/devkit';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { isDeepStrictEqual } from 'node:util';
import { pluginOptionsIn } from '../inference/plugin-options.js';
import { type Lack, lacksOf } from '../inference/target-needs.js';
import { targetOf } from './context.js';

type Workspace = Pick<ExecutorContext, 'root' | 'projectsConfigurations' | 'nxJsonConfiguration'>;

/**
 * Refuses targets for which the workspace has replaced what they need: a deploy that Nx would answer from its cache, a build
 * whose artefact would be missing after a cache hit. Nothing that Nx has in its cache has passed this check with such a
 * target: results of failed tasks are not kept.
 * @param tasks names of projects and targets
 * @throws with each property, where it is from, and how to take it away
 */
export function refuseReplaced(
  context: Workspace,
  tasks: readonly { project: string; target: string }[],
): void {
  const found = tasks.flatMap(({ project, target }) => replacedIn(context, project, target));
  if (found.length === 0) return;
  const lines = [...new Set(found.map(({ text }) => `  ${text}`))];
  const keys = [...new Set(found.flatMap(({ key }) => key ?? []))];
  if (keys.length > 0)
    lines.push(
      `Exclude the plugin from these defaults. Add to targetDefaults in nx.json: ${keys.map((key) => `"${key}": {}`).join(', ')}`,
    );
  throw new Error(['The workspace replaces what a target needs:', ...lines].join('\n'));
}

interface Replaced {
  text: string;
  /** The executor, as the key of `targetDefaults` that excludes it; undefined if it is from the project. */
  key?: string;
}

function replacedIn(context: Workspace, project: string, target: string): Replaced[] {
  const { root, targets = {} } = context.projectsConfigurations.projects[project] ?? {};
  const configuration = targets[target];
  const key = configuration?.executor;
  if (root === undefined || !configuration || key === undefined) return [];
  const names = targetNamesOf(pluginOptionsIn(context.nxJsonConfiguration));
  const identity = readIdentity(context.root, root);
  const build = targetOf(targets, 'build') ?? names.build;
  const lacks = lacksOf(configuration, {
    executor: key.slice(key.indexOf(':') + 1),
    identity,
    build,
    before: identity.buildTarget ?? (build === names.build ? undefined : names.build),
    deploy: names.deploy,
  });
  return lacks.flatMap((lack) => described(context, { project, target, key, configuration }, lack));
}

interface Described {
  project: string;
  target: string;
  key: string;
  configuration: TargetConfiguration;
}

/** A project may decide itself what its targets wait for and write; that a deploy is cached is always wrong. */
function described(
  { nxJsonConfiguration: { targetDefaults = {} } }: Workspace,
  { project, target, key, configuration }: Described,
  { property, consequence }: Lack,
): Replaced[] {
  // The default that Nx uses first, if several say the same.
  const from = [key, target, ...Object.keys(targetDefaults)].find((name) =>
    [targetDefaults[name] ?? []]
      .flat()
      .some((one) => isDeepStrictEqual(one[property], configuration[property])),
  );
  if (from !== undefined)
    return [
      { text: `targetDefaults.${from} in nx.json sets "${property}" of ${target}: ${consequence}`, key },
    ];
  if (property !== 'cache') return [];
  const text = `${project} sets "cache" of ${target} in its project.json or package.json: ${consequence}. Remove it there`;
  return [{ text }];
}
