import { startPlatform } from '@odoobo/local-platform';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  const faultWhen = join(workspace.root, 'break');
  await workspace.change('shop', { fault: 'answers-500', faultWhen });
  await workspace.nx(['deploy', 'shop']);
});
afterAll(() => workspace.close());

interface Records {
  deployment_id: string;
  status: string;
  skills: Record<string, Record<string, unknown>>;
}

async function readRecords(): Promise<Records> {
  return JSON.parse(await workspace.read('WORKTREE_STATUS.json')) as Records;
}

it('records what checks and tests have found of each skill, next to the state of its deployment', async () => {
  const deployed = await readRecords();
  await workspace.nx(['run-many', '-t', 'healthcheck', 'smoke-test']);
  const { skills, ...run } = await readRecords();
  const { url, deployment, digest } = deployed.skills['shop'] ?? {};
  expect(run).toMatchObject({ deployment_id: deployed.deployment_id, status: 'completed' });
  expect(skills['shop']).toMatchObject({
    ...deployed.skills['shop'],
    health: {
      healthy: true,
      environment: 'local',
      url: `${String(url)}/health`,
      status_code: 200,
      attempts: 1,
    },
    smoke_test: { success: true, url, deployment, digest, failed_stages: [] },
  });
  const { report } = skills['shop']?.['smoke_test'] as { report: string };
  expect(JSON.parse(await workspace.read(`${report}.json`))).toMatchObject({ success: true });
});

it('says what they found wrong, also of a skill that was never deployed', async () => {
  await workspace.writeSkill('ghost', {});
  await workspace.write('break', '');
  await workspace.nx(['run-many', '-t', 'healthcheck', '--timeout=1']);
  await workspace.remove('break');
  const { skills } = await readRecords();
  expect(skills['shop']).toMatchObject({
    status: 'completed',
    health: { healthy: false, status_code: 500, trouble: 'it answered 500' },
  });
  expect(skills['ghost']).toEqual({
    health: expect.objectContaining({ healthy: false, trouble: expect.stringContaining('ghost is not on') }),
  });
  await workspace.remove('skills/ghost');
});

it('keeps what it says of a failed deployment when a rollback leaves the skill alone', async () => {
  await workspace.change('shop', { fault: 'crashes' });
  await workspace.nx(['deploy', 'shop']);
  const failed = (await readRecords()).skills['shop'];
  expect(failed).toMatchObject({ status: 'failed', health: { healthy: false } });
  const { output } = await workspace.nx(['rollback', 'shop', '--failed']);
  expect(output).toContain('its last deployment failed and never took traffic');
  const after = await readRecords();
  expect(after.skills['shop']).toEqual(failed);
  expect(after).toMatchObject({ deployment_id: expect.stringMatching(/^rollback-/), status: 'completed' });
});

it('says nothing of the local platform where a rollback in production fails', async () => {
  const local = (await readRecords()).skills['shop'];
  const cloud = await startPlatform({ directory: join(workspace.root, '.local-platform/cloud') });
  try {
    const args = ['rollback', 'shop', '-c', 'production', `--platformUrl=${cloud.url}`];
    const { exitCode, output } = await workspace.nx(args, { DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
    expect(exitCode).not.toBe(0);
    expect(output).toContain('there is no app "shop"');
  } finally {
    await cloud.close();
  }
  const shop = (await readRecords()).skills['shop'];
  expect(shop).toMatchObject({ environment: 'production', status: 'failed' });
  expect(local).toMatchObject({ environment: 'local' });
  for (const field of ['url', 'deployment', 'digest', 'commit', 'unverified_deployment'])
    expect(shop).not.toHaveProperty(field);
});
