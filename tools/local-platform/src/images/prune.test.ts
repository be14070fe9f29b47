import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { blobPath } from './blob.js';
import { ImageStore } from './image-store.js';
import { makeFolder, writeLayout } from './layout.test.helper.js';

const shared = [{ name: 'shared', content: 'of every image' }];

function imageOf(content: string) {
  return writeLayout({ layers: [shared, [{ name: 'own', content }]], config: { Cmd: [content] } });
}

/** As if everything in the store had been imported two hours ago. */
async function age(store: string): Promise<void> {
  const then = new Date(Date.now() - 2 * 60 * 60_000);
  for (const name of await blobs(store)) await utimes(blobPath(store, `sha256:${name}`), then, then);
}

function blobs(store: string): Promise<string[]> {
  return readdir(join(store, 'blobs', 'sha256'));
}

it('keeps images that are needed or were imported within the hour, with every layer, and deletes the rest', async () => {
  const folder = await makeFolder();
  const store = new ImageStore(folder);
  const [needed, old, again, recent] = await Promise.all(['needed', 'old', 'again', 'recent'].map(imageOf));
  if (!needed || !old || !again || !recent) throw new Error('four images');
  for (const layout of [needed, old, again]) await store.import(layout.folder);
  await age(folder);
  // Its blobs were there already: they count as new all the same.
  await store.import(again.folder);
  await store.import(recent.folder);
  await store.prune(new Set([needed.digest]));
  expect(await Promise.all([needed, old, again, recent].map(({ digest }) => store.has(digest)))).toEqual([
    true,
    false,
    true,
    true,
  ]);
  for (const { digest } of [needed, again, recent]) {
    await expect(store.unpack(digest, join(await makeFolder(), 'copy'))).resolves.toBeDefined();
  }
  // A manifest, a configuration and a layer of each, and the one layer that they share.
  expect((await blobs(folder)).length).toBe(3 * 3 + 1);
  await store.import(old.folder);
  expect(await store.has(old.digest)).toBe(true);
});

it('deletes nothing if the store does not exist yet', async () => {
  await expect(new ImageStore(join(await makeFolder(), 'images')).prune(new Set())).resolves.toBeUndefined();
});
