import { runnerIn } from '@odoobo/machine/package-manager';
import { parseOptions } from '@odoobo/ship/runs/options';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GeneratorCallback, Tree } from 'nx/src/devkit-exports.js';
import initGenerator from '../init/generator.js';
import { type PresetOptions, presetOptions } from './options.js';

/**
 * `create-nx-workspace --preset=@odoobo/nx-skills` calls it in the new, empty workspace: adds what skills need, and a README
 * with the first commands.
 */
export default async function presetGenerator(
  tree: Tree,
  rawOptions: PresetOptions,
): Promise<GeneratorCallback> {
  const { name } = parseOptions(presetOptions, rawOptions, '@odoobo/nx-skills:preset');
  const template = readFileSync(
    join(import.meta.dirname, '../../../templates/preset/README.md.template'),
    'utf8',
  );
  tree.write(
    'README.md',
    template.replaceAll('{{ name }}', () => name).replaceAll('npx ', () => `${runnerIn(tree.root)} `),
  );
  return initGenerator(tree, {});
}
