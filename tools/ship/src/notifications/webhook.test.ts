import { expect, it } from 'vitest';
import { errorNotice } from './notice.js';
import { findWebhook } from './webhook.js';

const token = 'T0KEN';
const slack = `https://hooks.slack.com/services/${token}`;

function plugins(notifications: unknown) {
  return ['@nx/js', { plugin: '@odoobo/nx-skills', options: { notifications } }];
}

function found(options: unknown, env: NodeJS.ProcessEnv = {}) {
  const webhook = findWebhook(options === undefined ? ['@odoobo/nx-skills'] : plugins(options), env);
  if (!webhook || 'unset' in webhook) return webhook;
  const run = { run: 'deploy-1', kind: 'deploy', environment: 'local' } as const;
  const payload = webhook.toPayload(errorNotice(run, 'failed', 'no platform'));
  const [key] = Object.keys(payload);
  const format = { text: 'slack', embeds: 'discord', version: 'json' }[key ?? ''];
  return { url: webhook.url.href, format, setBy: webhook.setBy };
}

it('finds no webhook if none is set', () => {
  expect(findWebhook(undefined, {})).toBeUndefined();
  expect(found(undefined)).toBeUndefined();
});

it.each([
  [slack, 'slack'],
  [`https://discord.com/api/webhooks/1/${token}`, 'discord'],
  [`https://canary.discord.com/api/webhooks/1/${token}`, 'discord'],
  [`https://discordapp.com/api/v10/webhooks/1/${token}`, 'discord'],
  [`https://notdiscord.com/api/webhooks/1/${token}`, 'json'],
  ['http://bot.lan:8080/hook', 'json'],
])('detects by %s the format %s', (url, format) => {
  expect(found({ url })).toEqual({ url, format, setBy: 'nx.json: plugins/1/options/notifications' });
});

it('takes secret parts of the URL from the environment', () => {
  const url = 'https://hooks.slack.com/services/${A}/${B}';
  expect(found({ url }, { A: 'a', B: 'b' })).toMatchObject({ url: 'https://hooks.slack.com/services/a/b' });
  expect(found({ url }, { A: 'a', B: '' })).toMatchObject({ unset: ['B'] });
});

it('gives precedence to the environment', () => {
  const env = { NX_SKILLS_WEBHOOK_URL: 'http://bot/hook', NX_SKILLS_WEBHOOK_FORMAT: 'discord' };
  const expected = { url: 'http://bot/hook', format: 'discord', setBy: 'NX_SKILLS_WEBHOOK_URL' };
  expect(found({ url: slack, format: 'json' }, env)).toEqual(expected);
  expect(found(undefined, env)).toEqual(expected);
});

it.each<[string, unknown, NodeJS.ProcessEnv, string]>([
  ['no URL', {}, {}, 'nx.json: plugins/1/options/notifications/url: required, expected a string'],
  ['another type', { url: 4 }, {}, '/url: expected a string, got a number: put it in quotes'],
  ['no address', { url: token }, {}, '/notifications/url: expected the URL of a webhook, https://...'],
  ['no web address', { url: `ftp://${token}` }, {}, '/notifications/url: expected the URL of a webhook'],
  ['a password', { url: `https://me:${token}@bot/` }, {}, '/url: expected the URL of a webhook'],
  ['in a variable', { url: '${X}' }, { X: token }, '/notifications/url: expected the URL of a webhook'],
  [
    'a format',
    { url: slack, format: 'teams' },
    {},
    '/notifications/format: expected one of slack, discord, json, got "teams"',
  ],
  ['a key', { url: slack, channel: '#a' }, {}, 'plugins/1/options/notifications/channel: unknown field'],
  ['the environment', {}, { NX_SKILLS_WEBHOOK_URL: token }, 'plugins/1/options/notifications/url: required'],
])('reports what is wrong, by file and path, without the URL: %s', (_what, options, env, message) => {
  expect(() => found(options, env)).toThrow(message);
  expect(() => found(options, env)).not.toThrow(token);
});

it('says which variable is wrong', () => {
  expect(() => found(undefined, { NX_SKILLS_WEBHOOK_URL: token })).toThrow(
    '  NX_SKILLS_WEBHOOK_URL: expected',
  );
  const env = { NX_SKILLS_WEBHOOK_URL: slack, NX_SKILLS_WEBHOOK_FORMAT: 'xml' };
  expect(() => found(undefined, env)).toThrow(
    '  NX_SKILLS_WEBHOOK_FORMAT: expected one of slack, discord, json, got "xml"',
  );
});
