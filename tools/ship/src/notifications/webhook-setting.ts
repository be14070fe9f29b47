import { type PluginEntry, pluginOptionsIn } from '../manifest/plugin-entry.js';

/** Holds the URL of the webhook; it takes precedence over `nx.json`. */
export const urlVariable = 'NX_SKILLS_WEBHOOK_URL';

/** Whether a workspace may have a webhook. If not, nothing of what sends notices is loaded. */
export function mayHaveWebhook(plugins: readonly PluginEntry[] | undefined, env: NodeJS.ProcessEnv): boolean {
  return Boolean(env[urlVariable]) || pluginOptionsIn(plugins) !== undefined;
}
