import { afterEach, beforeEach, expect, it } from 'vitest';
import { hastyClock } from '../clocks.test.helper.js';
import type { DeployResult } from '../deploy/events.js';
import { FleetTest, requestOf, specOf, until } from '../deploy/fleet.test.helper.js';
import type { AppSpec, Deployment } from '../spec/index.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start(hastyClock(100));
});

afterEach(() => test.close());

function fromGit(value = '1', deployOnPush = true): AppSpec {
  const [service] = specOf('app', value).services ?? [];
  const github = { repo: 'acme/app', branch: 'main', deploy_on_push: deployOnPush };
  return { name: 'app', services: [{ name: 'web', github, envs: service?.envs ?? [] }] };
}

const built = (commit: string): Partial<Deployment> => ({
  services: [{ name: 'web', source_commit_hash: commit }],
});

/** Makes an app live that was built from the commit "old". */
async function seedOld(spec: AppSpec): Promise<void> {
  const app = await test.platform.seed(spec);
  Object.assign(app.deployments[0] ?? {}, built('old'));
}

function deployNew(spec: AppSpec): Promise<DeployResult> {
  const request = requestOf('app', { spec, sourceCommits: { web: 'new' }, timeoutMs: 600_000 });
  return test.deployOne(request, { pollIntervalMs: 200, verifyTimeoutMs: 60_000 });
}

it('deploys a new commit of a spec that is live already', async () => {
  await seedOld(fromGit('1', false));
  const result = await deployNew(fromGit('1', false));
  expect(result).toMatchObject({ outcome: 'deployed', action: 'update' });
  expect(test.events[0]).toMatchObject({
    changes: [{ path: 'services/web/source_commit_hash', before: 'old', after: 'new' }],
  });
  expect(test.platform.writes).toHaveLength(1);
});

it('leaves a commit alone that is live already, and reads it back', async () => {
  await seedOld(fromGit());
  const request = requestOf('app', { spec: fromGit(), sourceCommits: { web: 'old' }, commit: 'not asked' });
  const result = await test.deployOne(request, { verifyTimeoutMs: 60_000 });
  expect(result).toMatchObject({ outcome: 'unchanged', commit: 'old' });
});

it('follows the deployment that a push starts, and starts none', async () => {
  await seedOld(fromGit());
  const result = deployNew(fromGit());
  await until(() => test.eventsOf('app').includes('waiting'));
  test.platform.deploy(test.platform.app('app'), fromGit(), built('new'));
  expect(await result).toMatchObject({ outcome: 'deployed', action: 'follow', commit: 'new' });
  expect(test.platform.writes).toEqual([]);
});

it('has followed what a push started also where that is live before it is seen', async () => {
  await seedOld(fromGit());
  const result = deployNew(fromGit());
  await until(() => test.eventsOf('app').includes('waiting'));
  const pushed = test.platform.deploy(test.platform.app('app'), fromGit(), built('new'));
  pushed.script = [];
  pushed.phase = 'ACTIVE';
  expect(await result).toMatchObject({ outcome: 'deployed', action: 'follow', commit: 'new' });
  expect(test.platform.writes).toEqual([]);
});

it('deploys by itself where the push starts nothing', async () => {
  await seedOld(fromGit());
  expect(await deployNew(fromGit())).toMatchObject({ outcome: 'deployed', action: 'update' });
  expect(test.eventsOf('app').slice(0, 3)).toEqual(['planned', 'waiting', 'written']);
});

it('does not wait for a push where the spec changes too', async () => {
  await seedOld(fromGit('1'));
  expect(await deployNew(fromGit('2'))).toMatchObject({ outcome: 'deployed', action: 'update' });
  expect(test.eventsOf('app').slice(0, 2)).toEqual(['planned', 'written']);
});

it('goes on with the same version where a push deploys it once more', async () => {
  await seedOld(fromGit('1'));
  test.platform.scripts.set('app', [Array<'BUILDING'>(10_000).fill('BUILDING')]);
  const result = deployNew(fromGit('2'));
  await until(() => test.eventsOf('app').includes('progress'));
  const pushed = test.platform.deploy(test.platform.app('app'), fromGit('2'), built('new'));
  expect(await result).toMatchObject({ outcome: 'deployed', deploymentId: pushed.id, commit: 'new' });
});

it('fails when the platform has built a commit that somebody else pushed', async () => {
  await seedOld(fromGit());
  test.platform.scripts.set('app', [Array<'BUILDING'>(10_000).fill('BUILDING')]);
  const result = deployNew(fromGit());
  await until(() => test.eventsOf('app').includes('waiting'));
  const pushed = test.platform.deploy(test.platform.app('app'), fromGit());
  await until(() => pushed.phase === 'BUILDING');
  Object.assign(pushed, built('theirs'));
  pushed.script = ['DEPLOYING', 'ACTIVE'];
  expect(await result).toMatchObject({ outcome: 'superseded', cause: { code: 'OtherCommit' } });
});
