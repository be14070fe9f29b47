import type { AppSpec } from '@odoobo/app-platform/spec';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { AppStore } from '../state/app-store.js';
import { layoutOf } from '../state/layout.js';
import { afterwards, eventually, temporaryFolder } from '../testing/platform.test.helper.js';
import { PushWatcher } from './push-watcher.js';
import { mapRepository } from './repositories.js';
import { TestRepository } from './repository.test.helper.js';

const now = '2026-01-31T12:00:00Z';

function deployment(id: string, sources?: DeploymentRecord['sources'], phase = 'ACTIVE'): DeploymentRecord {
  return {
    id,
    cause: 'test',
    phase: phase as DeploymentRecord['phase'],
    createdAt: now,
    updatedAt: now,
    phaseUpdatedAt: now,
    spec: { name: 'shop' },
    steps: [],
    ...(sources && { sources }),
  };
}

const github = { repo: 'owner/name', branch: 'main', deploy_on_push: true };

function record(id: string, spec: Partial<AppSpec>, deployments: DeploymentRecord[]): AppRecord {
  return { version: 1, id, createdAt: now, updatedAt: now, spec: { name: id, ...spec }, deployments };
}

interface Push {
  app: string;
  commits: Record<string, string>;
  cause: string;
}

/** A watcher over a repository that is mapped, and the pushes that it reported. */
async function watch(repository: TestRepository, apps: AppRecord[], onPush = (_: Push) => {}) {
  const folder = await temporaryFolder();
  await mapRepository(folder, 'owner/name', repository.origin);
  const store = AppStore.inMemory();
  for (const app of apps) await store.create(app);
  const pushes: Push[] = [];
  const warnings: string[] = [];
  const watcher = new PushWatcher({
    store,
    layout: layoutOf(folder),
    warn: (message) => void warnings.push(message),
    onPush: async (app, commits, cause) => {
      onPush({ app, commits, cause });
      pushes.push({ app, commits, cause });
    },
    intervalMs: 20,
  });
  watcher.start();
  afterwards(() => watcher.close());
  return { folder, store, pushes, warnings, watcher };
}

/** Moves another branch that `canary` follows, and waits until that is reported: earlier checks are then over. */
async function oneLook(repository: TestRepository, pushes: Push[]): Promise<void> {
  const head = await repository.push({ 'canary.txt': String(Math.random()) }, 'canary');
  await repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  await eventually(() => pushes.find(({ commits }) => commits['bird'] === head));
}

async function canary(repository: TestRepository): Promise<AppRecord> {
  const head = await repository.push({ 'canary.txt': 'first' }, 'canary');
  await repository.git('reset', '--quiet', '--hard', 'HEAD~1');
  const bird = { name: 'bird', github: { ...github, branch: 'canary' } };
  return record('canary', { workers: [bird] }, [deployment('c1', { bird: { commit: head } })]);
}

const ofShop = (pushes: Push[]) => pushes.filter(({ app }) => app === 'shop');

describe('a branch that moves', () => {
  it('is reported once, for every component and app that follows it', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const commit = await repository.head();
    const services = [
      { name: 'web', github },
      { name: 'manual', github: { ...github, deploy_on_push: false } },
    ];
    const sources = { web: { commit }, jobs: { commit }, manual: { commit } };
    const shop = record('shop', { services, workers: [{ name: 'jobs', github }] }, [
      deployment('d1', sources),
    ]);
    const blog = record('blog', { static_sites: [{ name: 'site', github }] }, [
      deployment('d2', { site: { commit } }),
    ]);
    const { pushes } = await watch(repository, [shop, blog, await canary(repository)]);
    await oneLook(repository, pushes);
    expect(ofShop(pushes)).toEqual([]);
    const head = await repository.push({ 'a.txt': 'b' });
    const cause = `commit ${head.slice(0, 7)} pushed to github/owner/name`;
    await eventually(() => (ofShop(pushes).length > 0 ? true : undefined));
    await oneLook(repository, pushes);
    await oneLook(repository, pushes);
    expect(pushes.filter(({ app }) => app !== 'canary').sort((a, b) => a.app.localeCompare(b.app))).toEqual([
      { app: 'blog', commits: { site: head }, cause },
      { app: 'shop', commits: { web: head, jobs: head }, cause },
    ]);
  });

  it('is not reported if that commit is deployed, or a deployment may be resolving it', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const old = { web: { commit: await repository.head() } };
    const head = await repository.push({ 'a.txt': 'b' });
    const resolving = deployment('d2', undefined, 'PENDING_BUILD');
    const shop = record('shop', { services: [{ name: 'web', github }] }, [resolving, deployment('d1', old)]);
    const { pushes, store } = await watch(repository, [shop, await canary(repository)]);
    await oneLook(repository, pushes);
    await oneLook(repository, pushes);
    await store.update('shop', (app) => ({
      ...app,
      deployments: [deployment('d2', { web: { commit: head } }, 'BUILDING'), deployment('d1', old)],
    }));
    await oneLook(repository, pushes);
    await oneLook(repository, pushes);
    expect(ofShop(pushes)).toEqual([]);
  });

  it('is reported after a start if it moved while no server ran, but not if an app was rolled back', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const old = { web: { commit: await repository.head() } };
    const head = await repository.push({ 'a.txt': 'b' });
    const services = [{ name: 'web', github }];
    const rolledBack = record('rolled-back', { services }, [
      deployment('d3', old),
      deployment('d2', { web: { commit: head } }, 'SUPERSEDED'),
    ]);
    const pinned = { ...record('pinned', { services }, [deployment('d4', old)]) };
    const { pushes } = await watch(repository, [
      rolledBack,
      { ...pinned, pin: { deploymentId: 'd0', specBefore: pinned.spec } },
      record('shop', { services }, [deployment('d1', old)]),
      await canary(repository),
    ]);
    await eventually(() => ofShop(pushes)[0]);
    await oneLook(repository, pushes);
    await oneLook(repository, pushes);
    expect(pushes.filter(({ app }) => app !== 'canary')).toMatchObject([
      { app: 'shop', commits: { web: head } },
    ]);
  });

  it('is reported again if it could not be deployed, with one warning', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const sources = { web: { commit: await repository.head() } };
    const shop = record('shop', { services: [{ name: 'web', github }] }, [deployment('d1', sources)]);
    let failures = 3;
    const { pushes, warnings } = await watch(repository, [shop], () => {
      if (failures-- > 0) throw new Error('the disk is full');
    });
    const head = await repository.push({ 'a.txt': 'b' });
    await eventually(() => ofShop(pushes)[0]);
    expect(ofShop(pushes)).toMatchObject([{ commits: { web: head } }]);
    expect(warnings).toEqual(['The push to github/owner/name was not deployed: the disk is full']);
  });
});

it('warns once about a repository that it cannot read, and continues with the rest', async () => {
  const repository = await TestRepository.create({ 'a.txt': 'a' });
  const unmapped = { name: 'web', github: { ...github, repo: 'other/name' } };
  const shop = record('shop', { services: [unmapped] }, []);
  const { pushes, warnings } = await watch(repository, [shop, await canary(repository)]);
  await oneLook(repository, pushes);
  await oneLook(repository, pushes);
  expect(warnings).toEqual([
    'shop: github other/name is not mapped to a local repository. Map it: npx local-platform repository other/name <path>',
  ]);
});

it('runs nothing more once it is closed', async () => {
  const repository = await TestRepository.create({ 'a.txt': 'a' });
  const { pushes, watcher, warnings } = await watch(repository, [await canary(repository)]);
  await oneLook(repository, pushes);
  await watcher.close();
  const reported = pushes.length;
  await repository.push({ 'canary.txt': 'last' }, 'canary');
  await delay(100);
  expect(pushes).toHaveLength(reported);
  expect(warnings).toEqual([]);
});
