import { readNxJson, type Tree } from '@nx/devkit';
import { runner } from '@odoobo/machine/package-manager';
import { targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { parseOptions } from '@odoobo/ship/runs/options';
import { pluginOptionsIn } from '../../inference/plugin-options.js';
import { readAppSpecs } from './app-specs.js';
import { ciManager } from './ci-manager.js';
import { includePipeline } from './included-pipeline.js';
import { jobNeeds } from './job-needs.js';
import { type CiOptions, ciOptions } from './options.js';
import { soakMinutes, stagesBefore, wantedIn } from './placements.js';
import { renderFiles } from './render-files.js';
import { wantedRollouts } from './rollouts.js';
import { timesOfScale } from './schedules.js';

/**
 * Writes the workflows that deploy skills in parallel, and previews of pull requests. Safe to repeat; repeat it when
 * App Specs use other variables or registries. Files changed by hand are only overwritten with `--overwrite`.
 * @throws if a file exists and differs; if an App Spec uses a variable that the
 * workflows set themselves
 */
export default async function ciGenerator(tree: Tree, rawOptions: CiOptions): Promise<void> {
  const { provider, overwrite } = parseOptions(ciOptions, rawOptions, '@odoobo/nx-skills:ci');
  const options = pluginOptionsIn(readNxJson(tree) ?? {});
  const wanted = readAppSpecs(tree);
  const needsIn = (environment: string) => jobNeeds(wantedIn(tree, wanted, environment), options?.baseImage);
  const [stages, times] = [stagesBefore(tree), timesOfScale(tree)];
  const files = renderFiles({
    provider,
    defaultBranch: readNxJson(tree)?.defaultBase ?? 'main',
    manager: await ciManager(tree),
    needs: needsIn('production'),
    needsOfPreviews: jobNeeds(wanted, options?.baseImage),
    names: targetNamesOf(options),
    rollouts: wantedRollouts(tree, options?.rollout),
    stages: stages.map((environment) => ({ environment, env: needsIn(environment).deploy.env })),
    soakMinutes: soakMinutes(tree, wanted),
    scale: times === undefined ? undefined : { times, environments: ['production', ...stages] },
  });
  const differing = [...files].filter(([file, text]) => (tree.read(file, 'utf8') ?? text) !== text);
  if (differing.length > 0 && !overwrite) {
    const names = differing.map(([file]) => `  ${file}\n`).join('');
    throw new Error(
      `Nothing was written, because these files exist and differ:\n${names}Overwrite them, and review the changes: ${runner} nx g @odoobo/nx-skills:ci --overwrite && git diff`,
    );
  }
  for (const [file, text] of files) tree.write(file, text);
  if (provider === 'gitlab') includePipeline(tree);
}
