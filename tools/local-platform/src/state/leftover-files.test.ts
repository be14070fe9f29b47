import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { newApp } from '../deployments/new-records.js';
import { noDigest, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { AppStore } from './app-store.js';
import { layoutOf } from './layout.js';
import { deleteLeftoverFiles } from './leftover-files.js';

/** A platform's folder with one app, and some files. */
async function folderWith(files: readonly string[]) {
  const layout = layoutOf(await temporaryFolder());
  const { store } = await AppStore.open(layout.apps);
  const app = newApp(specOf('shop', noDigest), new Date().toISOString());
  await store.create(app);
  for (const file of files) {
    await mkdir(dirname(join(layout.root, file)), { recursive: true });
    await writeFile(join(layout.root, file), '');
  }
  return { layout, store, deployment: app.deployments[0]?.id ?? '' };
}

it('deletes folders that were unpacked and never started', async () => {
  const { layout, store } = await folderWith([
    'run/a.web.0/main.mjs',
    'run/a.web.0.json',
    'run/a.web.1/main.mjs',
    'run/a.web.1.json.new',
    'run/.unpacking-b.web.0/main.mjs',
  ]);
  await deleteLeftoverFiles(layout, store);
  expect((await readdir(layout.run)).sort()).toEqual(['a.web.0', 'a.web.0.json']);
});

it('deletes logs of deployments that no app knows, unless a record was set aside', async () => {
  const { layout, store, deployment } = await folderWith([
    'logs/unknown/web/run.log',
    'apps/bad.json.set-aside',
  ]);
  await mkdir(join(layout.logs, deployment));
  await deleteLeftoverFiles(layout, store);
  expect((await readdir(layout.logs)).sort()).toEqual([deployment, 'unknown'].sort());
  const { layout: other, store: its } = await folderWith(['logs/unknown/web/run.log']);
  await deleteLeftoverFiles(other, its);
  expect(await readdir(other.logs)).toEqual([]);
});

it('deletes an import that is untouched for an hour, and keeps one in progress', async () => {
  const { layout, store } = await folderWith([
    'images/incoming/old',
    'images/incoming/new',
    '.platform.json.a.unfinished',
  ]);
  const longAgo = new Date(Date.now() - 3_700_000);
  await utimes(join(layout.images, 'incoming/old'), longAgo, longAgo);
  await utimes(join(layout.root, '.platform.json.a.unfinished'), longAgo, longAgo);
  await deleteLeftoverFiles(layout, store);
  expect(await readdir(join(layout.images, 'incoming'))).toEqual(['new']);
  expect((await readdir(layout.root)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
});
