import { readNxJson, type Tree } from '@nx/devkit';
import type { PluginOptions } from '../../inference/targets.js';
import { parseOptions } from '../../runs/options.js';
import { readAppSpecs } from './app-specs.js';
import { ciManager } from './ci-manager.js';
import { jobNeeds } from './job-needs.js';
import { type CiOptions, ciOptions } from './options.js';
import { renderFiles } from './render-files.js';

/**
 * Writes the workflows that deploy skills in parallel, and previews of pull requests. Safe to repeat; repeat it when
 * App Specs use other variables or registries. Files changed by hand are only overwritten with `--overwrite`.
 * @throws if a file exists and differs; if an App Spec uses a variable that the
 * workflows set themselves
 */
export default async function ciGenerator(tree: Tree, rawOptions: CiOptions): Promise<void> {
  const { overwrite } = parseOptions(ciOptions, rawOptions, '@odoobo/nx-skills:ci');
  const files = renderFiles({
    defaultBranch: readNxJson(tree)?.defaultBase ?? 'main',
    manager: await ciManager(tree),
    needs: jobNeeds(readAppSpecs(tree), baseImageIn(tree)),
  });
  const differing = [...files].filter(([file, text]) => (tree.read(file, 'utf8') ?? text) !== text);
  if (differing.length > 0 && !overwrite) {
    const names = differing.map(([file]) => `  ${file}\n`).join('');
    throw new Error(
      `Nothing was written, because these files exist and differ:\n${names}Overwrite them, and review the changes: npx nx g @odoobo/nx-skills:ci --overwrite && git diff`,
    );
  }
  for (const [file, text] of files) tree.write(file, text);
}

function baseImageIn(tree: Tree): string | undefined {
  const own = readNxJson(tree)?.plugins?.find(
    (plugin) => typeof plugin === 'object' && plugin.plugin === '@odoobo/nx-skills',
  );
  const options = typeof own === 'object' ? (own.options as PluginOptions | undefined) : undefined;
  return options?.baseImage;
}
