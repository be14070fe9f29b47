import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  detectPackageManager,
  type GeneratorCallback,
  getProjects,
  type NxJsonConfiguration,
  readJson,
  readNxJson,
  type Tree,
  updateJson,
  updateNxJson,
} from 'nx/src/devkit-exports.js';
import { parseOptions } from '../../runs/options.js';
import { allowBuilds } from './allow-builds.js';
import { addIgnored } from './ignored.js';
import { type InitOptions, initOptions } from './options.js';
import { checkNxVersion, nxVersion } from './supported-nx.js';

const plugin = '@odoobo/nx-skills';

/** The packages that check and test a new skill. */
const forDevelopment = { '@types/node': '^20.19.43', typescript: '~6.0.3', vitest: '^4.1.12' };

/**
 * Adds the plugin to `nx.json`, the packages that skills are written with to `package.json`, and the files that builds
 * and deployments write to `.gitignore`. Safe to repeat. It needs only Nx itself: `@nx/devkit`, which the other generators use, is
 * one of the packages that it adds.
 * @throws if the plugin does not work with this version of Nx
 */
export default async function initGenerator(tree: Tree, rawOptions: InitOptions): Promise<GeneratorCallback> {
  parseOptions(initOptions, rawOptions, `${plugin}:init`);
  checkNxVersion();
  addPlugin(tree);
  addIgnored(tree);
  const manager = detectPackageManager(tree.root);
  if (manager === 'pnpm') allowBuilds(tree);
  return addPackages(tree) ? () => installPackages(tree.root, manager) : () => undefined;
}

function addPlugin(tree: Tree): void {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const present = nxJson.plugins?.some(
    (entry) => (typeof entry === 'string' ? entry : entry.plugin) === plugin,
  );
  if (!present) updateNxJson(tree, { ...nxJson, plugins: [...(nxJson.plugins ?? []), plugin] });
}

type Packages = Record<string, string>;
interface Manifest {
  dependencies?: Packages;
  devDependencies?: Packages;
}

/**
 * Adds only packages that the workspace neither declares nor contains: it keeps its own versions.
 * @returns whether any was missing
 */
function addPackages(tree: Tree): boolean {
  const { version, dependencies: own } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
  ) as { version: string; dependencies: Packages };
  const before = readJson<Manifest>(tree, 'package.json');
  const declared = { ...before.dependencies, ...before.devDependencies };
  const projects = getProjects(tree);
  const missing = (packages: Packages) =>
    Object.entries(packages).filter(([name]) => !projects.has(name) && declared[name] === undefined);
  const running = missing({ '@odoobo/skill-kit': `^${version}`, zod: own['zod'] ?? '*' });
  const developing = missing({
    ...forDevelopment,
    '@nx/devkit': nxVersion,
    // pnpm links only the commands of declared packages, and users need the command `local-platform`.
    '@odoobo/local-platform': `^${version}`,
  });
  if (running.length + developing.length === 0) return false;
  updateJson<Manifest>(tree, 'package.json', (manifest) => ({
    ...manifest,
    dependencies: sorted({ ...manifest.dependencies, ...Object.fromEntries(running) }),
    devDependencies: sorted({ ...manifest.devDependencies, ...Object.fromEntries(developing) }),
  }));
  return true;
}

/** As package managers write them. */
function sorted(packages: Packages): Packages {
  return Object.fromEntries(Object.entries(packages).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @throws if the package manager fails; its output is shown */
async function installPackages(root: string, manager: string): Promise<void> {
  await execa(manager, ['install'], { cwd: root, stdio: 'inherit' });
}
