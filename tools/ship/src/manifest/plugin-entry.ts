/** The name of the plugin in `nx.json`. */
export const pluginName = '@odoobo/nx-skills';

/** An entry of `plugins` in `nx.json`. */
export type PluginEntry = string | { plugin: string; options?: unknown };

/**
 * The options of the plugin in `nx.json`, not checked.
 * @returns with their place, as errors name it; undefined where it has none
 */
export function pluginOptionsIn(
  plugins: readonly PluginEntry[] = [],
): { options: unknown; at: string } | undefined {
  const index = plugins.findIndex((one) => typeof one === 'object' && one.plugin === pluginName);
  const entry = plugins[index];
  if (typeof entry !== 'object' || entry.options === undefined) return undefined;
  return { options: entry.options, at: `nx.json: plugins/${index}/options` };
}
