import type { AppSpec } from '@odoobo/app-platform/spec';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors/api-error.js';
import type { SourceVersion } from '../state/app-record.js';
import { AppStore } from '../state/app-store.js';
import { openSecretBox } from '../state/secrets.js';
import { noDigest, temporaryFolder } from '../testing/platform.test.helper.js';
import { ManualProgression } from './manual-progression.js';
import { Operations } from './operations.js';
import { activeDeployment, withDeployment } from './phases.js';

const source = (repo: string, branch = 'main') => ({ github: { repo, branch } });
const spec: AppSpec = {
  name: 'shop',
  services: [
    { name: 'web', ...source('owner/web') },
    { name: 'api', ...source('owner/api') },
  ],
  workers: [{ name: 'mail', image: { registry_type: 'DOCR', repository: 'mail', digest: noDigest } }],
};
const versions = {
  web: { commit: 'web-1', build: 'key-1' },
  api: { commit: 'api-1', build: 'key-2' },
  mail: { digest: noDigest },
};

/** An app that is live at these versions, and what can be done to it. */
async function liveApp() {
  const folder = await temporaryFolder();
  const { store } = await AppStore.open(join(folder, 'apps'));
  const progression = new ManualProgression(store);
  const operations = new Operations(store, await openSecretBox(join(folder, 'key')), progression);
  const { id } = await operations.create(spec);
  const live = async (sources: Record<string, SourceVersion>) => {
    await progression.advance('shop', 'ACTIVE');
    await store.update(id, (app) =>
      withDeployment(app, activeDeployment(app)?.id ?? '', (one) => ({ ...one, sources })),
    );
  };
  await live(versions);
  const newest = () => store.get(id)?.deployments[0];
  return { id, operations, live, newest, store };
}

async function statusOf(work: Promise<unknown>): Promise<number | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error.status : 0),
  );
}

describe('the versions of a new deployment', () => {
  it('are those that are live, but of a component whose source is another one', async () => {
    const { id, operations, newest } = await liveApp();
    await operations.update(id, {
      ...spec,
      services: [{ name: 'web', ...source('owner/web', 'next') }, spec.services?.[1]],
    });
    expect(newest()?.sources).toEqual({ api: { commit: 'api-1' }, mail: { digest: noDigest } });
  });

  it('are left to be looked up where the newest are asked for', async () => {
    const { id, operations, newest } = await liveApp();
    await operations.update(id, spec, { updateAllSourceVersions: true });
    expect(newest()?.sources).toEqual({});
    await operations.redeploy(id, { forceBuild: true });
    expect(newest()).toMatchObject({ cause: 'manual', forceBuild: true });
    expect(newest()?.sources).toBeUndefined();
  });

  it('are what runs when it is restarted, whatever was tried since', async () => {
    const { id, operations, newest, store } = await liveApp();
    await operations.update(id, { ...spec, services: [spec.services?.[0]] });
    await operations.restart(id, ['web']);
    expect(newest()).toMatchObject({
      cause: 'manual restart',
      sources: versions,
      spec: { services: [{}, { name: 'api' }] },
    });
    expect(store.get(id)?.spec.services).toHaveLength(1);
  });

  it('of a push are the commits that were pushed; the rest stays', async () => {
    const { id, operations, newest } = await liveApp();
    await operations.deployPushed(id, { api: 'api-2' }, 'commit api-2 pushed to github/owner/api');
    expect(newest()).toMatchObject({
      cause: 'commit api-2 pushed to github/owner/api',
      sources: { web: { commit: 'web-1' }, api: { commit: 'api-2' }, mail: { digest: noDigest } },
    });
  });

  it('of a rollback are those of then, also of the builds; reverted, those from before', async () => {
    const { id, operations, live, newest, store } = await liveApp();
    const first = newest()?.id ?? '';
    await operations.update(id, spec, { updateAllSourceVersions: true });
    await live({ ...versions, web: { commit: 'web-2', build: 'key-3' } });
    await operations.rollback(id, first, false);
    expect(newest()).toMatchObject({ clonedFrom: first, sources: versions });
    await live(versions);
    await operations.revertRollback(id);
    expect(newest()?.sources).toMatchObject({ web: { commit: 'web-2' } });
    expect(store.get(id)?.pin).toBeUndefined();
  });
});

describe('nothing is deployed', () => {
  it('of an app that is pinned, pushes and restarts neither', async () => {
    const { id, operations, live, newest } = await liveApp();
    const first = newest()?.id ?? '';
    await operations.update(id, { ...spec, envs: [{ key: 'A', value: 'b' }] });
    await live(versions);
    await operations.rollback(id, first, false);
    const pinned = [() => operations.restart(id), () => operations.deployPushed(id, { web: 'x' }, 'push')];
    expect(await Promise.all(pinned.map((work) => statusOf(work())))).toEqual([409, 409]);
  });

  it('by a restart of what is not there', async () => {
    const { id, operations } = await liveApp();
    expect(await statusOf(operations.restart(id, ['web', 'nope']))).toBe(400);
    const other = await operations.create({ ...spec, name: 'other' });
    expect(await statusOf(operations.restart(other.id))).toBe(400);
  });
});
