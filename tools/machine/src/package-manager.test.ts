import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageManagerOf, runnerIn } from './package-manager.js';
import { makeFolder } from './process.test.helper.js';

it.each([
  ['package-lock.json', '{}', 'npm ci'],
  ['pnpm-lock.yaml', '', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', '# yarn lockfile v1\n', 'yarn install --frozen-lockfile'],
  ['yarn.lock', '# generated\n\n__metadata:\n  version: 8\n', 'yarn install --immutable'],
  ['bun.lock', '{}', 'bun install --frozen-lockfile'],
])('finds %s (%j): %s', async (lockFile, lock, command) => {
  const folder = await makeFolder();
  expect(await packageManagerOf(folder)).toBeUndefined();
  await writeFile(join(folder, lockFile), lock);
  const found = await packageManagerOf(folder);
  expect(found).toMatchObject({ lockFile, lock });
  expect([found?.name, ...(found?.install ?? [])].join(' ')).toBe(command);
});

it('prefers the first of the given order', async () => {
  const folder = await makeFolder();
  for (const lockFile of ['package-lock.json', 'yarn.lock']) await writeFile(join(folder, lockFile), '');
  expect((await packageManagerOf(folder))?.name).toBe('npm');
  expect((await packageManagerOf(folder, ['yarn', 'npm']))?.name).toBe('yarn');
  expect(await packageManagerOf(folder, ['pnpm'])).toBeUndefined();
});

it.each([
  ['package-lock.json', 'npx'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bunx'],
])('knows by %s, also from a folder below, that people type %s', async (lockFile, runner) => {
  const folder = await makeFolder();
  await writeFile(join(folder, lockFile), '');
  await mkdir(join(folder, 'apps/orders'), { recursive: true });
  expect(runnerIn(join(folder, 'apps/orders'))).toBe(runner);
});
