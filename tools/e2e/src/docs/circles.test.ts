import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../support/committed.js';

/** The files that a file loads: what it imports or exports from relative paths, but for types. */
function loadedBy(file: string, text: string): string[] {
  const statements = text.matchAll(/^(?:import|export) (?!type\b)([^;'"]*?)(?: from )?'(\.[^']+)\.js'/gm);
  return [...statements].flatMap(([, names = '', path = '']) =>
    onlyTypes(names) ? [] : `${join(dirname(file), path)}.ts`,
  );
}

function onlyTypes(names: string): boolean {
  const [, list] = /^\{([^}]*)\}$/.exec(names.trim()) ?? [];
  const named = list?.split(',').filter((name) => name.trim() !== '') ?? [];
  return named.length > 0 && named.every((name) => name.trim().startsWith('type '));
}

/** Deletes files that load none, or none that is left, until all that is left is in a circle or leads to one. */
function circlesIn(loads: Map<string, string[]>): string[] {
  const left = new Map(loads);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [file, loaded] of left) if (!loaded.some((other) => left.has(other))) left.delete(file);
  }
  return [...left.keys()];
}

it('no file loads itself by way of others', async () => {
  const { stdout } = await execa('git', ['ls-files', '*.ts'], { cwd: repository });
  const files = stdout.split('\n').filter((file) => /^(tools|skills|bench)\//.test(file));
  const loads = await Promise.all(
    files.map(async (file): Promise<[string, string[]]> => {
      // It may be deleted and not yet committed.
      const text = await readFile(join(repository, file), 'utf8').catch(() => '');
      return [file, loadedBy(file, text)];
    }),
  );
  expect(loads.flatMap(([, loaded]) => loaded).length).toBeGreaterThan(files.length);
  expect(circlesIn(new Map(loads))).toEqual([]);
});

it('finds a circle, and what leads to it', () => {
  const loads = [
    ['a.ts', loadedBy('a.ts', "import { b } from './b.js';\n")],
    ['b.ts', loadedBy('b.ts', "import {\n  a,\n  type A,\n} from './a.js';\n")],
    ['c.ts', loadedBy('c.ts', "import { type A } from './a.js';\nimport type { B } from './b.js';\n")],
  ] as const;
  expect(circlesIn(new Map(loads.map(([file, loaded]) => [file, [...loaded]])))).toEqual(['a.ts', 'b.ts']);
});
