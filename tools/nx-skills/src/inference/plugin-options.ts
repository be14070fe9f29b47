import type { NxJsonConfiguration } from '@nx/devkit';
import { pluginOptionsIn as writtenOptionsIn } from '@odoobo/ship/manifest/plugin-entry';
import type { PluginOptions } from './targets.js';

/** The options of this plugin in `nx.json`; undefined if it has none. */
export function pluginOptionsIn({
  plugins,
}: Pick<NxJsonConfiguration, 'plugins'>): PluginOptions | undefined {
  return writtenOptionsIn(plugins)?.options as PluginOptions | undefined;
}
