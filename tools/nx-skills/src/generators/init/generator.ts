import {
  addDependenciesToPackageJson,
  formatFiles,
  type GeneratorCallback,
  getProjects,
  type NxJsonConfiguration,
  readJson,
  readNxJson,
  type Tree,
  updateNxJson,
} from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '../../runs/options.js';
import { type InitOptions, initOptions } from './options.js';

const plugin = '@odoobo/nx-skills';

/**
 * Files with secrets, files that builds and deployments write, and folders of worktrees, in which Nx would find every
 * project a second time.
 */
const ignored = [
  '.env',
  '.env.*',
  '!.env.example',
  'dist/',
  'out-tsc/',
  '.worktrees/',
  '.claude/worktrees/',
  '.local-platform/',
  '/logs/',
  '/WORKTREE_STATUS.json',
  '/WORKTREE_STATUS.journal.jsonl',
];

/** The packages that check and test a new skill. */
const forDevelopment = { '@types/node': '^20.19.43', typescript: '~6.0.3', vitest: '^4.1.12' };

/**
 * Adds the plugin to `nx.json`, the packages that skills are written with to `package.json`, and the files that builds
 * and deployments write to `.gitignore`. Safe to repeat.
 */
export default async function initGenerator(tree: Tree, rawOptions: InitOptions): Promise<GeneratorCallback> {
  const options = parseOptions(initOptions, rawOptions, `${plugin}:init`);
  addPlugin(tree);
  ignoreRecords(tree);
  const install = addDependencies(tree);
  if (!options.skipFormat) await formatFiles(tree);
  return install;
}

function addPlugin(tree: Tree): void {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const present = nxJson.plugins?.some(
    (entry) => (typeof entry === 'string' ? entry : entry.plugin) === plugin,
  );
  if (!present) updateNxJson(tree, { ...nxJson, plugins: [...(nxJson.plugins ?? []), plugin] });
}

function ignoreRecords(tree: Tree): void {
  const lines = (tree.read('.gitignore', 'utf8') ?? '').split('\n');
  const missing = ignored.filter((line) => !lines.includes(line) && !lines.includes(line.replace(/\/$/, '')));
  if (missing.length === 0) return;
  const kept = lines.join('\n').trimEnd();
  tree.write(
    '.gitignore',
    `${kept}${kept === '' ? '' : '\n\n'}# Secrets of this machine, what is built, worktrees, and records and state of deployments.\n${missing.join('\n')}\n`,
  );
}

/** Adds only packages that the workspace neither declares nor contains: it keeps its own versions. */
function addDependencies(tree: Tree): GeneratorCallback {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const projects = getProjects(tree);
  const missing = (packages: Record<string, string>) =>
    Object.fromEntries(Object.entries(packages).filter(([name]) => !projects.has(name)));
  const version = `^${own.version}`;
  return addDependenciesToPackageJson(
    tree,
    missing({ '@odoobo/skill-kit': version, zod: own.dependencies['zod'] ?? '*' }),
    // pnpm links only the commands of declared packages, and users need the command `local-platform`.
    missing({ ...forDevelopment, ...devkit(tree), '@odoobo/local-platform': version }),
    undefined,
    true,
  );
}

/**
 * The devkit of the installed Nx. Package managers install the newest one that the plugin allows, which is often for
 * another Nx.
 */
function devkit(tree: Tree): Record<string, string> {
  const nx = 'node_modules/nx/package.json';
  return tree.exists(nx) ? { '@nx/devkit': readJson<{ version: string }>(tree, nx).version } : {};
}
