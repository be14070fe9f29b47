import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

// What each target tells of the same skills, in few runs of Nx. At night each has a test of its own, at its full width.

interface Notice {
  event: string;
  skills: { skill: string; outcome?: string }[];
}

const notices: Notice[] = [];
const receiver = createServer((request, reply) => {
  void text(request).then((body) => {
    notices.push(JSON.parse(body) as Notice);
    reply.end();
  });
});
let workspace: Workspace;
let url: string;

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  workspace = await Workspace.create({ good: {}, 'never-live': { behaviour: { fault: 'crashes' } } });
  await workspace.writeSkill('flaky', {
    behaviour: { fault: 'answers-500', faultWhen: join(workspace.root, 'break') },
  });
  const nxJson = JSON.parse(await workspace.read('nx.json')) as object;
  const options = { notifications: { url: '${HOOK}' } };
  const plugins = [{ plugin: '@odoobo/nx-skills', options }];
  await workspace.write('nx.json', JSON.stringify({ ...nxJson, plugins }));
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  await workspace.nx(['run-many', '-t', 'deploy'], { HOOK: hook });
  ({ url = '' } = await workspace.status('good'));
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await workspace.close();
});

it('deploy notifies a webhook of its start, and of what has become of each skill', () => {
  expect(notices.map(({ event }) => event)).toEqual(['started', 'failed']);
  const outcomes = notices[1]?.skills.map(({ skill, outcome }) => [skill, outcome]);
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
