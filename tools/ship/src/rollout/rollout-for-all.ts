import { checkAgainst } from '@odoobo/app-platform/spec';
import { type Rollout, rolloutSchema } from '../manifest/rollout.js';

const pluginName = '@odoobo/nx-skills';

/**
 * The rollout of skills whose manifests have none, from the options of the plugin in `nx.json`.
 * @throws with all that is wrong with it
 */
export function rolloutForAll(plugins: readonly unknown[] = []): Rollout | undefined {
  const index = plugins.findIndex((one) => isObject(one) && one['plugin'] === pluginName);
  const plugin = plugins[index];
  const options = isObject(plugin) ? plugin['options'] : undefined;
  const written = isObject(options) ? options['rollout'] : undefined;
  if (written === undefined) return undefined;
  const check = checkAgainst(rolloutSchema, written);
  if (check.ok) return check.value;
  const at = `nx.json: plugins/${index}/options/rollout`;
  throw new Error(check.issues.map(({ path, message }) => `${at}/${path}: ${message}`).join('\n'));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
