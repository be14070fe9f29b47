import {
  addDependenciesToPackageJson,
  formatFiles,
  readNxJson,
  updateNxJson,
  type GeneratorCallback,
  type NxJsonConfiguration,
  type Tree,
} from '@nx/devkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from '../../executors/options.js';
import { initOptions, type InitOptions } from './options.js';

const plugin = '@odoobo/nx-skills';

/** What deployments write into a workspace. */
const ignored = ['.local-platform/', '/logs/', '/WORKTREE_STATUS.json', '/WORKTREE_STATUS.journal.jsonl'];

/** Adds the plugin to `nx.json`, what skills are written with to `package.json`, and what deployments write to `.gitignore`. Safe to repeat. */
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
  const missing = ignored.filter((line) => !lines.includes(line));
  if (missing.length === 0) return;
  const kept = lines.join('\n').trimEnd();
  tree.write(
    '.gitignore',
    `${kept}${kept === '' ? '' : '\n\n'}# Records and state of deployments.\n${missing.join('\n')}\n`,
  );
}

/** Versions of a workspace are its own: only what it cannot resolve yet is added. */
function addDependencies(tree: Tree): GeneratorCallback {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const wanted = { '@odoobo/skill-kit': own.version, zod: own.dependencies['zod'] ?? '*' };
  const missing = Object.entries(wanted).filter(
    ([name]) => !tree.exists(`node_modules/${name}/package.json`),
  );
  return addDependenciesToPackageJson(tree, Object.fromEntries(missing), {}, undefined, true);
}
