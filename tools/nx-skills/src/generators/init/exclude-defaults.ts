import { type SkillTarget, skillTargetNames, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import type { NxJsonConfiguration, TargetConfiguration, Tree } from 'nx/src/devkit-exports.js';
import { pluginOptionsIn } from '../../inference/plugin-options.js';
import { lacksOf } from '../../inference/target-needs.js';
import { besideOwnBuild } from '../../inference/targets.js';
import { editJson, readJsonFile } from '../edit-json.js';

const file = 'nx.json';
const prefix = '@odoobo/nx-skills:';

type Defaults = NonNullable<NxJsonConfiguration['targetDefaults']>;

/**
 * Excludes the targets of the plugin from defaults in `nx.json` that have their names: they were written for other targets, and
 * would replace what the plugin infers. Nx takes the default for an executor before that for a name, even an empty one.
 * @param isNew whether the plugin is not in `nx.json` yet. Later, only defaults that break a target are left out: the workspace
 *   may have written the others for the plugin.
 */
export function excludeDefaults(tree: Tree, isNew: boolean): void {
  const nxJson = readJsonFile<NxJsonConfiguration>(tree, file) ?? {};
  const { targetDefaults = {} } = nxJson;
  const names = { ...targetNamesOf(pluginOptionsIn(nxJson)), monitor: 'monitor' };
  for (const executor of [...skillTargetNames, 'monitor'] as const) {
    const key = `${prefix}${executor}`;
    if (targetDefaults[key] !== undefined) continue;
    const builds = [names.build, besideOwnBuild];
    const defaults = (executor === 'build' ? builds : [names[executor]]).flatMap((name) =>
      defaultsFor(targetDefaults, name),
    );
    const breaks = (one: Partial<TargetConfiguration>) =>
      builds.every((build) => lacksOf(one, inAnyProject(executor, build, names.deploy)).length > 0);
    if (isNew ? defaults.length > 0 : defaults.some(breaks))
      editJson(tree, file, ['targetDefaults', key], {});
  }
}

/** Takes back what `excludeDefaults` added. */
export function includeDefaults(tree: Tree): void {
  const { targetDefaults = {} } = readJsonFile<NxJsonConfiguration>(tree, file) ?? {};
  for (const [key, value] of Object.entries(targetDefaults))
    if (key.startsWith(prefix) && Object.keys(value).length === 0)
      editJson(tree, file, ['targetDefaults', key], undefined);
}

/** The defaults that Nx may use for a target of this name: a key may be a pattern, and its value a list. */
function defaultsFor(targetDefaults: Defaults, name: string): Partial<TargetConfiguration>[] {
  return Object.entries(targetDefaults)
    .filter(([key]) => key === name || matches(key, name))
    .flatMap(([, value]) => [value].flat());
}

function matches(pattern: string, name: string): boolean {
  const words = pattern.split('*').map((word) => word.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${words.join('.*')}$`).test(name);
}

/** What our target needs in a project that says nothing itself. */
function inAnyProject(executor: SkillTarget | 'monitor', build: string, deploy: string) {
  return {
    executor,
    build,
    deploy,
    identity: { appSpec: 'its App Spec', dependencies: [] },
    before: undefined,
  };
}
