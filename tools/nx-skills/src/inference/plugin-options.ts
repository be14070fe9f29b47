import type { NxJsonConfiguration } from '@nx/devkit';
import type { PluginOptions } from './targets.js';

/** The options of this plugin in `nx.json`; undefined if it has none. */
export function pluginOptionsIn({
  plugins = [],
}: Pick<NxJsonConfiguration, 'plugins'>): PluginOptions | undefined {
  const own = plugins.find((entry) => typeof entry === 'object' && entry.plugin === '@odoobo/nx-skills');
  return typeof own === 'object' ? (own.options as PluginOptions | undefined) : undefined;
}
