import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildInputs } from './build-inputs.js';

const ofImportsOnly = { externalDependencies: [] };

it.each([
  ['the workspace says so', { '@nx/js': { analyzeSourceFiles: true } }, {}, true],
  ['it has one of the packages for which Nx does so', undefined, { '@nx/js': '23.2.1' }, true],
  ['the workspace says no', { '@nx/js': { analyzeSourceFiles: false } }, { '@nx/js': '23.2.1' }, false],
  ['it has none of them', undefined, { nx: '23.2.1' }, false],
])(
  'a build depends on the packages that it imports, and not on all, if Nx reads imports: %s',
  async (...row) => {
    const [, pluginsConfig, devDependencies, readsImports] = row;
    const root = await tempDirectory();
    await writeFile(join(root, 'package.json'), JSON.stringify({ devDependencies }));
    const inputs = buildInputs(root, pluginsConfig ? { pluginsConfig } : {})('word-count');
    expect(inputs.some((input) => JSON.stringify(input) === JSON.stringify(ofImportsOnly))).toBe(
      readsImports,
    );
    expect(inputs).toContainEqual({ env: 'SKILLS_UNHASHED_WORD_COUNT' });
  },
);
