import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packageTree, type TracedPackage, TwoVersionsError } from './package-tree.js';

/** What Node loads for a name from a folder: https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
function loaded(places: Map<string, string>, from: string, name: string): string | undefined {
  const parts = from === '' ? [] : from.split('/');
  for (let length = parts.length; length >= 0; length -= 1) {
    if (parts[length - 1] === 'node_modules') continue;
    const found = places.get([...parts.slice(0, length), 'node_modules', name].join('/'));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Versions of packages `a` to `d`, any of which needs any others, though of each name only one version. */
const packages = fc
  .array(
    fc.record({ name: fc.constantFrom('a', 'b', '@scope/c', 'd'), version: fc.integer({ min: 1, max: 3 }) }),
    { minLength: 1, maxLength: 10 },
  )
  .chain((wanted) => {
    const folders = [...new Set(wanted.map(({ name, version }) => `/store/${version}/${name}`))];
    const nameOf = (folder: string) => folder.split('/').slice(3).join('/');
    const needs = fc
      .subarray(folders)
      .map((some) => [...new Map(some.map((folder) => [nameOf(folder), folder])).values()]);
    return fc.tuple(fc.tuple(...folders.map(() => needs)), needs).map(([each, top]) => ({
      top: new Set(top),
      all: new Map<string, TracedPackage>(
        folders.map((folder, index) => [
          folder,
          { folder, name: nameOf(folder), needs: new Set(each[index]) },
        ]),
      ),
    }));
  });

it('gives each package what it needs, in the version that it needs, or says that there is no place for it', () => {
  fc.assert(
    fc.property(packages, ({ all, top }) => {
      const places = treeOf(all, top);
      fc.pre(places !== undefined);
      for (const folder of top) expect(loaded(places, '', all.get(folder)?.name ?? '')).toBe(folder);
      for (const [place, folder] of places) {
        for (const needed of all.get(folder)?.needs ?? []) {
          expect(loaded(places, place, all.get(needed)?.name ?? '')).toBe(needed);
        }
      }
    }),
  );
});

/** The tree, if two versions of a package do not need each other. */
function treeOf(all: Map<string, TracedPackage>, top: Set<string>): Map<string, string> | undefined {
  try {
    return packageTree(all, top);
  } catch (error) {
    if (error instanceof TwoVersionsError) return undefined;
    throw error;
  }
}

function traced(folder: string, name: string, needs: string): [string, TracedPackage] {
  return [folder, { folder, name, needs: new Set([needs]) }];
}

it('ends where packages need each other', () => {
  const circle = new Map([traced('/1/a', 'a', '/1/b'), traced('/1/b', 'b', '/1/a')]);
  expect([...packageTree(circle, new Set(['/1/a'])).keys()]).toEqual(['node_modules/a', 'node_modules/b']);
  const versions = new Map([
    traced('/1/a', 'a', '/1/b'),
    traced('/1/b', 'b', '/2/a'),
    traced('/2/a', 'a', '/2/b'),
    traced('/2/b', 'b', '/1/a'),
  ]);
  expect(() => packageTree(versions, new Set(['/1/a']))).toThrow(
    'b cannot be bundled, and two versions of it need each other by way of a: /1/b. Use one version: npm ls b',
  );
});

it('refuses two versions at the top', () => {
  const one = (folder: string): [string, TracedPackage] => [folder, { folder, name: 'a', needs: new Set() }];
  expect(() => packageTree(new Map([one('/1/a'), one('/2/a')]), new Set(['/1/a', '/2/a']))).toThrow(
    'a cannot be bundled, and the service uses two versions of it: /1/a and /2/a. Use one version: npm ls a',
  );
});
