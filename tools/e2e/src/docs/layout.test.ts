import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { linksIn, textOf } from './pages.js';

// What the pages say about the layout is true.

const layout = textOf('ARCHITECTURE.md');

/** The rooms that the page lists, by package. */
const listed = new Map(
  layout
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const [, folder = ''] = /^`(.+)`\n/.exec(section) ?? [];
      const [own = ''] = section.split('\n## ');
      return [folder, [...own.matchAll(/^\| `([\w-]+)`/gm)].map(([, room]) => room).sort()];
    }),
);

/** Folders of a folder. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(repository, folder), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

describe('ARCHITECTURE.md', () => {
  it('lists each package of tools/', async () => {
    const packages = (await foldersIn('tools')).map((name) => `tools/${name}`);
    expect([...listed.keys()].sort()).toEqual(packages);
  });

  it.each([...listed])('lists the rooms of %s, and no other', async (folder, rooms) => {
    const source = `${folder}/src`;
    expect(rooms).toEqual(existsSync(join(repository, source)) ? await foldersIn(source) : []);
  });
});

describe.each(['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])('%s', (page) => {
  it('names only files and folders that exist', () => {
    const paths = [...pathsIn(page), ...testsIn(page)];
    expect(paths.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const files = linksIn(page, textOf(page)).map(({ file }) => file);
    expect(files.filter((file) => !existsSync(join(repository, file)))).toEqual([]);
  });
});

/** The paths in code spans of a text: from the root, the name of a file beside the last path, or a filter such as `src/runs`. */
function pathsIn(page: string): string[] {
  let folder = '.';
  const text = textOf(page);
  return [...text.matchAll(/`([^`\n]+)`/g)].flatMap(({ 1: code = '', index }) => {
    if (/^[\w-]+\.test\.ts$|^[\w-]+\.tsx?$/.test(code)) return join(folder, code);
    if (!/^\.?[\w-]+\/[\w./-]+$/.test(code)) return [];
    if (code.startsWith('src/')) return join(rootAt(index, text), code);
    folder = /\.\w+$/.test(code) ? dirname(code) : code;
    return code;
  });
}

/** The package that a filter at this place is relative to: the `--root` before it; else the next one. */
function rootAt(place: number, text: string): string {
  const roots = [...text.matchAll(/--root ([\w./-]+)/g)];
  return (roots.findLast(({ index }) => index < place) ?? roots[0])?.[1] ?? '.';
}

/** The files of the tests that a page says to run. */
function testsIn(page: string): string[] {
  return [...textOf(page).matchAll(/vitest run --root ([\w./-]+)((?: src\/[\w./-]+)*)/g)].flatMap(
    ([, root = '', tests = '']) => [
      root,
      ...tests
        .trim()
        .split(' ')
        .map((test) => join(root, test)),
    ],
  );
}
