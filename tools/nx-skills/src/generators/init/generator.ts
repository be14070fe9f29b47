import { parseOptions } from '@odoobo/ship/runs/options';
import { refusePlugNPlay } from '@odoobo/ship/workspace/refuse-plug-n-play';
import { detectPackageManager, type GeneratorCallback, type Tree } from 'nx/src/devkit-exports.js';
import { installPackages } from '../install-packages.js';
import { allowBuilds } from './allow-builds.js';
import { excludeDefaults } from './exclude-defaults.js';
import { addIgnored } from './ignored.js';
import { type InitOptions, initOptions } from './options.js';
import { addPackages } from './packages.js';
import { addPlugin, hasPlugin, plugin } from './plugin-entry.js';
import { checkNxVersion } from './supported-nx.js';

/**
 * Adds the plugin to `nx.json`, the packages that skills are written with to `package.json`, and the files that builds
 * and deployments write to `.gitignore`, and excludes its targets from target defaults that were written for others. Safe
 * to repeat. It needs only Nx itself: `@nx/devkit`, which the other generators use, is one of the packages that it adds.
 * @throws if the plugin does not work with this version of Nx, or in a workspace of Yarn's Plug'n'Play
 */
export default async function initGenerator(tree: Tree, rawOptions: InitOptions): Promise<GeneratorCallback> {
  parseOptions(initOptions, rawOptions, `${plugin}:init`);
  checkNxVersion();
  refusePlugNPlay(tree.root);
  excludeDefaults(tree, !hasPlugin(tree));
  addPlugin(tree);
  addIgnored(tree);
  const manager = detectPackageManager(tree.root);
  if (manager === 'pnpm') allowBuilds(tree);
  return addPackages(tree) ? () => installPackages(tree.root, manager) : () => undefined;
}
