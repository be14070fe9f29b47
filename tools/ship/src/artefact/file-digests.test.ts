import { hash } from 'node:crypto';
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { FileDigests } from './file-digests.js';

const later = () => Date.now() + 60_000;
const digestOf = (text: string) => hash('sha256', text);

let root: string;
let file: string;
beforeEach(async () => {
  root = await tempDirectory();
  file = join(root, 'index.js');
  await writeFile(file, 'one');
});

/** As the hook before each run does. */
function look(now?: () => number): string {
  const digests = new FileDigests(root, now);
  const digest = digests.of(file);
  digests.keep();
  return digest;
}

const kept = join('.nx/skills/file-digests.json');
const readKept = async () =>
  JSON.parse(await readFile(join(root, kept), 'utf8').catch(() => '[]')) as unknown[];

it('does not read a file that is as it was when its digest was kept', async () => {
  expect(look(later)).toBe(digestOf('one'));
  const text = await readFile(join(root, kept), 'utf8');
  await writeFile(join(root, kept), text.replace(digestOf('one'), 'what was kept'));
  expect(look(later)).toBe('what was kept');
});

it('reads a file of the same size whose time was set back', async () => {
  look(later);
  const { atime, mtime, ctimeMs } = await stat(file);
  // Until the file system's clock has moved on, which takes milliseconds.
  while ((await stat(file)).ctimeMs === ctimeMs) {
    await writeFile(file, 'two');
    await utimes(file, atime, mtime);
  }
  expect(look(later)).toBe(digestOf('two'));
});

it('keeps no digest of a file that was changed a moment ago: the next change may have the same time', async () => {
  look();
  expect(await readKept()).toEqual([]);
  look(later);
  expect(await readKept()).toHaveLength(1);
});

it.each(['', '[["', '{}', 'null', '[["index.js", 5]]'])(
  'reads the file where what was kept is %j',
  async (text) => {
    await mkdir(join(root, '.nx/skills'), { recursive: true });
    await writeFile(join(root, kept), text);
    expect(look(later)).toBe(digestOf('one'));
    expect(await readKept()).toHaveLength(1);
  },
);

it('has no digest of a file that is not there', () => {
  expect(new FileDigests(root).of(join(root, 'none.js'))).toBe('');
});
