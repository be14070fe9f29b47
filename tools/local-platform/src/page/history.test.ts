import type { AppSpec, Env } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  noDigest,
  specOf,
  temporaryFolder,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import type { ChangesAnswer, HistoryAnswer } from './history-answers.js';

const digests = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);

describe('the history of an app', () => {
  it('shows the origin of each deployment, from its mark and its image', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const marked = withMark(specOf('shop', noDigest), { commit: 'a'.repeat(40), dirty: true, by: 'ana' });
    const app = await test.create(marked);
    const { deployments } = await historyOf(test, app.id);
    expect(Object.values(deployments)).toEqual([
      { digest: noDigest, commit: 'a'.repeat(40), dirty: true, by: 'ana' },
    ]);
  });

  it('offers the same rollback targets as the command line: not the live version, nor one that was rolled back from', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const { id } = await test.create(specOf('shop', digests[0] ?? ''));
    await test.platform.advance('shop', 'ACTIVE');
    const ids = [(await test.app(id)).active_deployment?.id];
    for (const digest of digests.slice(1)) {
      await test.call('PUT', `/v2/apps/${id}`, { spec: specOf('shop', digest) });
      await test.platform.advance('shop', 'ACTIVE');
      ids.push((await test.app(id)).active_deployment?.id);
    }
    const [first, second, third] = ids;
    expect(await historyOf(test, id)).toMatchObject({ targets: [second, first], rolledBackFrom: [] });
    await test.call('POST', `/v2/apps/${id}/rollback`, { deployment_id: second, skip_pin: true });
    await test.platform.advance('shop', 'ACTIVE');
    expect(await historyOf(test, id)).toMatchObject({ targets: [first], rolledBackFrom: [third] });
  });

  it('shows field by field how two deployments differ, and no value of a secret', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const secret = (value: string): Env => ({ key: 'TOKEN', type: 'SECRET', value });
    const before = withEnvs(specOf('shop', digests[0] ?? ''), [
      secret('hush'),
      { key: 'LEVEL', value: 'info' },
    ]);
    const { id } = await test.create(before);
    await test.platform.advance('shop', 'ACTIVE');
    const change = async (spec: AppSpec) => {
      const from = (await test.app(id)).active_deployment?.id;
      await test.call('PUT', `/v2/apps/${id}`, { spec });
      await test.platform.advance('shop', 'ACTIVE');
      const to = (await test.app(id)).active_deployment?.id;
      return read<ChangesAnswer>(test, `/page/apps/${id}/changes?from=${from}&to=${to}`);
    };
    // The same secret is encrypted again, which is not a change.
    const other = withEnvs(specOf('shop', digests[1] ?? ''), [
      secret('hush'),
      { key: 'LEVEL', value: 'debug' },
    ]);
    expect((await change(other)).fields).toEqual([
      { path: 'envs/LEVEL/value', before: 'info', after: 'debug' },
      { path: 'services/web/image/digest', before: digests[0], after: digests[1] },
    ]);
    const changed = await change(withEnvs(other, [secret('louder'), { key: 'LEVEL', value: 'debug' }]));
    expect(changed.fields).toEqual([{ path: 'envs/TOKEN/value', before: '(secret)', after: '(secret)' }]);
    // The password of a URL is not shown either, whatever the variable is declared to be.
    const url = { key: 'DB', value: 'postgres://shop:p/w@db/shop' };
    const added = await change(withEnvs(other, [secret('louder'), { key: 'LEVEL', value: 'debug' }, url]));
    expect(added.fields).toMatchObject([
      { path: 'envs/DB', after: expect.stringContaining('"postgres://(secret)@db/shop"') as string },
    ]);
    const none = randomUUID();
    expect((await test.call('GET', `/page/apps/${id}/changes?from=${none}&to=${none}`)).status).toBe(404);
  });

  it('shows author and subject of a commit if the platform is in its repository', async () => {
    const repository = await temporaryFolder();
    const git = async (...args: string[]) =>
      (await promisify(execFile)('git', ['-C', repository, ...args])).stdout.trim();
    await git('init', '--quiet');
    const as = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com'];
    await git(...as, 'commit', '--quiet', '--allow-empty', '--message', 'Sell <b>more</b>');
    const commit = await git('rev-parse', 'HEAD');
    const directory = join(repository, '.local-platform');
    await mkdir(directory);
    const test = await testPlatform({ progression: 'manual', directory });
    const { id } = await test.create(withMark(specOf('shop', noDigest), { commit }));
    const [deployment] = Object.keys((await historyOf(test, id)).deployments);
    const same = await read<ChangesAnswer>(
      test,
      `/page/apps/${id}/changes?from=${deployment}&to=${deployment}`,
    );
    expect(same.to).toMatchObject({ commit, author: 'Ana', subject: 'Sell <b>more</b>' });
    expect(same.fields).toEqual([]);
  });
});

function withEnvs(spec: AppSpec, envs: Env[]): AppSpec {
  return { ...spec, envs };
}

/** As a deploy marks what it writes. */
function withMark(spec: AppSpec, origin: object): AppSpec {
  const mark = { write: 'w', skill: spec.name, artefact: noDigest, ...origin };
  return withEnvs(spec, [{ key: 'SKILLS_MARK', value: JSON.stringify(mark), scope: 'BUILD_TIME' }]);
}

function historyOf(test: TestPlatform, app: string): Promise<HistoryAnswer> {
  return read(test, `/page/apps/${app}/history`);
}

async function read<T>({ platform }: TestPlatform, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${platform.token}` };
  return (await fetch(`${platform.url}${path}`, { headers })).json() as Promise<T>;
}
