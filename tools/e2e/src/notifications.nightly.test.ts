import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Webhook } from './support/webhook.js';
import { Workspace } from './support/workspace.js';

interface Notice {
  event: string;
  kind: string;
  run: string;
  environment: string;
  status: string;
  skills: { skill: string; outcome?: string; action?: string; url?: string; cause?: { code: string } }[];
  error?: string;
}

const secret = 'T0KEN-of-the-webhook';
const webhook = new Webhook<Notice>();
let workspace: Workspace;
let env: Record<string, string>;

beforeAll(async () => {
  env = { HOOK: `${await webhook.open()}${secret}` };
  workspace = await Workspace.create({ shop: {}, till: {} });
  await setNotifications({ url: '${HOOK}' });
});
afterAll(async () => {
  webhook.close();
  await workspace.close();
});

async function setNotifications(notifications: object): Promise<void> {
  await workspace.setOptions({ notifications });
}

/** Runs Nx. @returns what the webhook has received meanwhile */
async function notifiedBy(...args: string[]): Promise<{ output: string; received: Notice[] }> {
  webhook.notices.length = 0;
  const { output } = await workspace.nx(args, env);
  expect(output).not.toContain(secret);
  return { output, received: [...webhook.notices] };
}

function skillsOf(notice: Notice | undefined): (string | undefined)[][] {
  return (notice?.skills ?? []).map(({ skill, outcome, action }) => [skill, outcome, action]);
}

it('notifies once that a deploy in two batches has started and how it ended, and not at all if there is nothing to do', async () => {
  // The build that is cached is deployed first.
  await workspace.nx(['build', 'shop']);
  const { received } = await notifiedBy('run-many', '-t', 'deploy');
  expect(received.map(({ event }) => event)).toEqual(['started', 'finished']);
  const [started, finished] = received;
  expect(started).toMatchObject({ kind: 'deploy', environment: 'local', status: 'in_progress' });
  expect(finished).toMatchObject({ run: started?.run, status: 'completed' });
  expect(skillsOf(finished)).toEqual([
    ['shop', 'deployed', 'create'],
    ['till', 'deployed', 'create'],
  ]);
  expect(finished?.skills[0]?.url).toBe((await workspace.status('shop'))['url']);
  expect((await notifiedBy('run-many', '-t', 'deploy')).received).toEqual([]);
});

it('says which skill has failed, and why', async () => {
  await workspace.change('shop', { fault: 'crashes' });
  const { received } = await notifiedBy('run-many', '-t', 'deploy');
  expect(received.map(({ event }) => event)).toEqual(['started', 'failed']);
  expect(skillsOf(received[1])).toEqual([
    ['shop', 'failed', 'update'],
    ['till', 'unchanged', 'none'],
  ]);
  expect(received[1]?.skills[0]?.cause?.code).toBe((await workspace.status('shop'))['error']?.split(':')[0]);
});

it('notifies of a deploy that waited for a second batch that never starts because builds fail', async () => {
  await workspace.change('shop', { says: 'one' });
  await workspace.nx(['build', 'shop']);
  await workspace.change('till', { fault: 'does-not-build' });
  const { received } = await notifiedBy('run-many', '-t', 'deploy');
  expect(received.map(({ event }) => event)).toEqual(['started', 'failed']);
  expect(received[1]?.run).toBe(received[0]?.run);
  expect(skillsOf(received[1])).toEqual([
    ['till', 'failed', 'none'],
    ['shop', 'deployed', 'update'],
  ]);
});

it('notifies of a rollback', async () => {
  await workspace.change('shop', { says: 'two' });
  await workspace.nx(['deploy', 'shop']);
  const { received } = await notifiedBy('rollback', 'shop');
  expect(received.map(({ event, kind }) => [kind, event])).toEqual([
    ['rollback', 'started'],
    ['rollback', 'rolled-back'],
  ]);
  expect(skillsOf(received[1])).toEqual([['shop', 'deployed', 'rollback']]);
});

it('notifies of a run that Ctrl-C has ended', async () => {
  await workspace.change('till', { startsWhen: join(workspace.root, 'go') });
  webhook.notices.length = 0;
  const run = workspace.start(['deploy', 'till'], env);
  await until('the run has been reported', () => Promise.resolve(webhook.notices.length === 1));
  run.kill('SIGINT');
  await run.ended;
  await until('its end has been reported', () => Promise.resolve(webhook.notices.length === 2));
  expect(webhook.notices.map(({ event }) => event)).toEqual(['started', 'interrupted']);
});

it('sends nothing while the webhook is set wrongly, and says where', async () => {
  await setNotifications({ url: '${HOOK}', format: 'teams' });
  const written = await workspace.records('written');
  const { output, received } = await notifiedBy('run-many', '-t', 'deploy');
  expect(output).toContain(
    'nx.json: plugins/0/options/notifications/format: expected one of slack, discord, json, got "teams"',
  );
  expect(received).toEqual([]);
  expect(await workspace.records('written')).toEqual(written);
});
