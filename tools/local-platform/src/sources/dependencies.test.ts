import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { DependencyCache } from './dependencies.js';

const key = 'a'.repeat(64);
const warn = () => Promise.reject(new Error('not expected'));

async function newCache() {
  const folder = join(await temporaryFolder(), 'dependencies');
  const request = { key, force: false, signal: AbortSignal.timeout(60_000) };
  return { folder, request, cache: new DependencyCache(folder) };
}

/** A build with a package of its own that an install links, and `version` installed at two places. */
async function install(build: string, version: string): Promise<void> {
  await mkdir(join(build, 'node_modules/dependency'), { recursive: true });
  await mkdir(join(build, 'packages/own/node_modules/nested'), { recursive: true });
  await writeFile(join(build, 'node_modules/dependency/index.js'), version);
  await writeFile(join(build, 'packages/own/node_modules/nested/index.js'), version);
  await symlink('../packages/own', join(build, 'node_modules/own'));
}

it('fills every node_modules folder of the next build; links lead into that build, and copies are its own', async () => {
  const { cache, request } = await newCache();
  const [first, second] = [await temporaryFolder(), await temporaryFolder()];
  expect(await cache.inPlace(first, request, () => install(first, '1'), warn)).toBe(false);
  await writeFile(join(first, 'node_modules/dependency/index.js'), 'patched by a build');
  await mkdir(join(second, 'packages/own'), { recursive: true });
  await writeFile(join(second, 'packages/own/index.js'), 'of the second commit');
  expect(await cache.inPlace(second, request, () => install(second, '2'), warn)).toBe(true);
  expect(await readFile(join(second, 'node_modules/dependency/index.js'), 'utf8')).toBe('1');
  expect(await readFile(join(second, 'node_modules/own/index.js'), 'utf8')).toBe('of the second commit');
  expect(await readFile(join(second, 'packages/own/node_modules/nested/index.js'), 'utf8')).toBe('1');
});

it('reinstalls when forced, and then keeps that result', async () => {
  const { cache, request } = await newCache();
  const builds = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()] as const;
  await cache.inPlace(builds[0], request, () => install(builds[0], '1'), warn);
  expect(
    await cache.inPlace(builds[1], { ...request, force: true }, () => install(builds[1], '2'), warn),
  ).toBe(false);
  await cache.inPlace(builds[2], request, () => install(builds[2], '3'), warn);
  expect(await readFile(join(builds[2], 'node_modules/dependency/index.js'), 'utf8')).toBe('2');
});

it('installs once for builds that begin together', async () => {
  const { cache, request } = await newCache();
  const builds = await Promise.all(Array.from({ length: 3 }, temporaryFolder));
  const fromCache = await Promise.all(
    builds.map((build, index) => cache.inPlace(build, request, () => install(build, String(index)), warn)),
  );
  expect(fromCache.sort()).toEqual([false, true, true]);
});

it('keeps nothing of an install that failed, or that a killed server left incomplete', async () => {
  const { cache, request, folder } = await newCache();
  const fails = async (venv: string) => {
    await mkdir(join(venv, 'bin'), { recursive: true });
    throw new Error('no network');
  };
  await expect(cache.shared(request, fails)).rejects.toThrow('no network');
  expect(await readdir(folder)).toEqual([]);
  await mkdir(join(folder, key, 'bin'), { recursive: true });
  await new DependencyCache(folder).clean();
  expect(await readdir(folder)).toEqual([]);
  const made = async (venv: string) => void (await mkdir(join(venv, 'lib'), { recursive: true }));
  expect(await cache.shared(request, made)).toBe(false);
  expect(await cache.shared(request, fails)).toBe(true);
  await cache.clean();
  expect(await readdir(cache.placeOf(key))).toEqual(['lib']);
});

it('deletes what no build runs with after a week without use', async () => {
  const { cache, request, folder } = await newCache();
  const keys = ['b', 'c', 'd'].map((letter) => letter.repeat(64));
  for (const one of keys)
    await cache.shared({ ...request, key: one }, async (venv) => void (await mkdir(venv)));
  const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
  for (const one of keys.slice(0, 2)) await utimes(join(folder, `${one}.json`), longAgo, longAgo);
  await cache.prune(new Set(keys.slice(0, 1)));
  expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([keys[0], keys[2]]);
});
