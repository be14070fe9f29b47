import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { whileReplaced } from './find-artefact.js';
import { replaceFolder } from './replace-folder.js';

/** A folder with two files of the same content: if they differ, it was read half-written. */
async function fill(folder: string, text: string): Promise<void> {
  await writeFile(join(folder, 'a'), text);
  await mkdir(join(folder, 'deep'));
  await writeFile(join(folder, 'deep/b'), text);
}

it('lets many processes replace and read a folder at once: each read is complete, and no temporary folder is left', async () => {
  const root = await tempDirectory();
  const directory = join(root, 'dist/image');
  await replaceFolder(directory, (folder) => fill(folder, 'first'));
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    for (let i = 0; i < 10; i++) await replaceFolder(directory, (folder) => fill(folder, `${writer}.${i}`));
  });
  let writing = true;
  const reader = async () => {
    let reads = 0;
    for (; writing; reads++) {
      const text = await whileReplaced(() => readFile(join(directory, 'a'), 'utf8'));
      expect(text).toMatch(/^(first|\d+\.\d)$/);
    }
    return reads;
  };
  const readers = [reader(), reader()];
  await Promise.all(writers);
  writing = false;
  for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0);
  const [a, b] = await Promise.all(['a', 'deep/b'].map((file) => readFile(join(directory, file), 'utf8')));
  expect(a).toBe(b);
  expect(await readdir(join(root, 'dist'))).toEqual(['image']);
});

it('leaves the folder unchanged if filling the new one fails', async () => {
  const root = await tempDirectory();
  const directory = join(root, 'image');
  await replaceFolder(directory, (folder) => fill(folder, 'first'));
  const failing = replaceFolder(directory, async (folder) => {
    await fill(folder, 'second');
    throw new Error('no space');
  });
  await expect(failing).rejects.toThrow('no space');
  expect(await readFile(join(directory, 'a'), 'utf8')).toBe('first');
  expect(await readdir(root)).toEqual(['image']);
});
