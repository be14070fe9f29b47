import { checkAgainst, type Issue } from '@odoobo/app-platform/spec';
import * as z from 'zod';
import { type PluginEntry, pluginName, pluginOptionsIn } from '../manifest/plugin-entry.js';
import { rolloutSchema } from '../manifest/rollout.js';
import { optionOf, skillTargetNames } from '../manifest/target-names.js';
import { imageOptions } from '../runs/options.js';
import { toDiscord } from './discord.js';
import type { Notice } from './notice.js';
import { toSlack } from './slack.js';
import { urlVariable } from './webhook-setting.js';

const formatVariable = 'NX_SKILLS_WEBHOOK_FORMAT';

/** The payload formats. */
const formats = { slack: toSlack, discord: toDiscord, json: (notice: Notice): object => notice };

const formatSchema = z.enum(['slack', 'discord', 'json']);

const targetNameOptions = Object.fromEntries(
  skillTargetNames.map((target) => [
    optionOf(target),
    z
      .string()
      .min(1)
      .optional()
      .meta({ description: `The name of the target \`${target}\` in this workspace.` }),
  ]),
);

/** The options of the plugin in `nx.json`. */
export const pluginOptionsSchema = z.strictObject({
  ...imageOptions,
  ...targetNameOptions,
  rollout: rolloutSchema.optional().meta({
    description:
      'How new versions are released whose manifests have no `rollout`: of all services that can be rolled out.',
  }),
  notifications: z
    .strictObject({
      url: z.string().min(1).meta({
        description: 'Names the variable that holds the URL of the webhook: `${SLACK_WEBHOOK_URL}`.',
      }),
      format: formatSchema.optional().meta({ description: 'Default: by the host of the URL.' }),
    })
    .optional()
    .meta({ description: 'The webhook that is notified of deploys, rollbacks, restarts and scaling.' }),
});

/** The webhook to notify about runs. Its URL is a secret: anyone who has it can post there. */
export interface Webhook {
  url: URL;
  toPayload: (notice: Notice) => object;
  /** Where it is set, such as `nx.json: plugins/0/options/notifications`. */
  setBy: string;
}

/** Variables of the URL are not set: no notification is sent. */
export interface UnsetWebhook {
  unset: string[];
  setBy: string;
}

/**
 * Finds the webhook of a workspace: in the options of the plugin, or in the environment, which takes precedence.
 * @throws with all of its errors, by file and path; never with the URL
 */
export function findWebhook(
  plugins: readonly PluginEntry[] | undefined,
  env: NodeJS.ProcessEnv,
): Webhook | UnsetWebhook | undefined {
  const options = readOptions(plugins);
  const setBy = env[urlVariable] ? urlVariable : `${options.at}/notifications`;
  const written = env[urlVariable] || options.notifications?.url;
  if (written === undefined) return undefined;
  const names = [...written.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  const unset = names.filter((name) => !env[name]);
  if (unset.length > 0) return { unset, setBy };
  const url = parseUrl(
    written.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => env[name] ?? ''),
    setBy,
  );
  const format = parseFormat(env[formatVariable]) ?? options.notifications?.format ?? formatOf(url);
  return { url, toPayload: formats[format], setBy };
}

interface PluginOptions extends z.infer<typeof pluginOptionsSchema> {
  /** Where the options are. */
  at: string;
}

function readOptions(plugins: readonly PluginEntry[] | undefined): PluginOptions {
  const { options, at = 'nx.json' } = pluginOptionsIn(plugins) ?? {};
  if (options === undefined) return { at };
  const check = checkAgainst(pluginOptionsSchema, options);
  if (check.ok) return { ...check.value, at };
  throw wrong(check.issues.map(({ path, message }) => `${at}/${path}: ${message}`));
}

function parseFormat(value: string | undefined): z.infer<typeof formatSchema> | undefined {
  if (!value) return undefined;
  const check = checkAgainst(formatSchema, value);
  if (check.ok) return check.value;
  throw wrong(check.issues.map(({ message }: Issue) => `${formatVariable}: ${message}`));
}

function parseUrl(text: string, setBy: string): URL {
  const at = setBy === urlVariable ? setBy : `${setBy}/url`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  // The value is not shown: it may be a secret.
  throw wrong([`${at}: expected the URL of a webhook, https://... without user and password`]);
}

function wrong(lines: readonly string[]): Error {
  return new Error(
    `No notification would be sent, because the options of ${pluginName} are wrong:\n${lines.map((line) => `  ${line}`).join('\n')}`,
  );
}

function formatOf({ host, pathname }: URL): z.infer<typeof formatSchema> {
  if (host === 'hooks.slack.com') return 'slack';
  return /(^|\.)discord(app)?\.com$/.test(host) && pathname.startsWith('/api/') ? 'discord' : 'json';
}
