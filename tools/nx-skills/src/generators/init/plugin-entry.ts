import type { NxJsonConfiguration, Tree } from 'nx/src/devkit-exports.js';
import { editJson, readJsonFile } from '../edit-json.js';

export const plugin = '@odoobo/nx-skills';
const file = 'nx.json';

export function hasPlugin(tree: Tree): boolean {
  const { plugins = [] } = readJsonFile<NxJsonConfiguration>(tree, file) ?? {};
  return plugins.some(isOurs);
}

/** Adds the plugin to `nx.json`, unless it is there. */
export function addPlugin(tree: Tree): void {
  const { plugins } = readJsonFile<NxJsonConfiguration>(tree, file) ?? {};
  if (!plugins) editJson(tree, file, ['plugins'], [plugin]);
  else if (!plugins.some(isOurs)) editJson(tree, file, ['plugins', plugins.length], plugin);
}

/** Removes it again, and the list with it if it holds no other plugin. */
export function removePlugin(tree: Tree): void {
  const { plugins } = readJsonFile<NxJsonConfiguration>(tree, file) ?? {};
  if (!plugins?.some(isOurs)) return;
  const others = plugins.filter((entry) => !isOurs(entry));
  if (others.length === 0) editJson(tree, file, ['plugins'], undefined);
  else editJson(tree, file, ['plugins', plugins.findIndex(isOurs)], undefined);
}

function isOurs(entry: NonNullable<NxJsonConfiguration['plugins']>[number]): boolean {
  return (typeof entry === 'string' ? entry : entry.plugin) === plugin;
}
