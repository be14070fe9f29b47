import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Webhook } from './support/webhook.js';
import { Workspace } from './support/workspace.js';

// What each target tells of the same skills, in few runs of Nx. At night each has a test of its own, at its full width.

interface Notice {
  event: string;
  skills: { skill: string; outcome?: string }[];
}

const webhook = new Webhook<Notice>();
let workspace: Workspace;
let url: string;

beforeAll(async () => {
  workspace = await Workspace.create({ good: {}, 'never-live': { behaviour: { fault: 'crashes' } } });
  await workspace.writeSkill('flaky', {
    behaviour: { fault: 'answers-500', faultWhen: join(workspace.root, 'break') },
  });
  await workspace.setOptions({ notifications: { url: '${HOOK}' } });
  await workspace.nx(['run-many', '-t', 'deploy'], { HOOK: await webhook.open() });
  ({ url = '' } = await workspace.status('good'));
});
afterAll(async () => {
  webhook.close();
  await workspace.close();
});

it('deploy notifies a webhook of its start, and of what has become of each skill', () => {
  expect(webhook.notices.map(({ event }) => event)).toEqual(['started', 'failed']);
  const outcomes = webhook.notices[1]?.skills.map(({ skill, outcome }) => [skill, outcome]);
  expect(Object.fromEntries(outcomes ?? [])).toEqual({
    good: 'deployed',
    flaky: 'deployed',
    'never-live': 'failed',
  });
});

it('healthcheck and smoke-test fail for a skill that does not answer as it should, and for no other', async () => {
  await workspace.write('break', '');
  const checked = ['run-many', '-t', 'healthcheck', 'smoke-test', '-p', 'good,flaky', '--timeout=2'];
  const { exitCode, output } = await workspace.nx(checked);
  await workspace.remove('break');
  expect(exitCode).toBe(1);
  expect(output).toMatch(new RegExp(`good +healthy +200 +[0-9.]+ m?s +1 +${url}/health\n`));
  expect(output).toMatch(/flaky is not healthy after 2 s and \d+ attempts?: GET \S+: it answered 500/);
  expect(output).toContain('2 skills: 1 healthy, 1 unhealthy.');
  expect(output).toContain('2 skills: 1 passed, 1 failed.');
});

it('records what they have found next to the state of the deployment', async () => {
  expect(await workspace.status('good')).toMatchObject({
    status: 'completed',
    health: { healthy: true, status_code: 200 },
    smoke_test: { success: true, failed_stages: [] },
  });
  expect(await workspace.status('flaky')).toMatchObject({
    status: 'completed',
    health: { healthy: false, trouble: 'it answered 500' },
    smoke_test: { success: false },
  });
});

it('monitor shows the state of each skill, and fails because one has failed', async () => {
  const { exitCode, output } = await workspace.nx(['monitor', '--once']);
  expect(output).toContain('3 skills: 1 failed, 2 healthy');
  expect(output).toMatch(new RegExp(`good +active +healthy +[0-9.]+ m?s +1.0.0 +\\d+ s +${url}\n`));
  expect(output).toMatch(/never-live +failed +- +- +- +- +-\n/);
  expect(exitCode).toBe(1);
});

it('logs shows why a skill was never live', async () => {
  const { exitCode, output } = await workspace.nx(['logs', 'never-live', '--type=deploy']);
  expect(output).toContain('no database');
  expect(exitCode).toBe(0);
});
