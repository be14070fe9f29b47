import { checkAgainst } from '@odoobo/app-platform/spec';
import { type PluginEntry, pluginOptionsIn } from '../manifest/plugin-entry.js';
import { type Rollout, rolloutSchema } from '../manifest/rollout.js';

/**
 * The rollout of skills whose manifests have none, from the options of the plugin in `nx.json`.
 * @throws with all that is wrong with it
 */
export function rolloutForAll(plugins: readonly PluginEntry[] | undefined): Rollout | undefined {
  const { options, at } = pluginOptionsIn(plugins) ?? {};
  const { rollout } = (options ?? {}) as { rollout?: unknown };
  if (rollout === undefined) return undefined;
  const check = checkAgainst(rolloutSchema, rollout);
  if (check.ok) return check.value;
  throw new Error(check.issues.map(({ path, message }) => `${at}/rollout/${path}: ${message}`).join('\n'));
}
