import { visitNotIgnoredFiles } from '@nx/devkit';
import { git } from '@odoobo/machine/git';
import { runner } from '@odoobo/machine/package-manager';
import { manifestFile, manifestIn, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { parseOptions } from '@odoobo/ship/runs/options';
import { mistake } from '@odoobo/ship/terminal/mistake';
import { parse } from 'jsonc-parser';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { detectPackageManager, type GeneratorCallback, logger, type Tree } from 'nx/src/devkit-exports.js';
import { excludePipeline } from '../ci/included-pipeline.js';
import { filesOf } from '../ci/render-files.js';
import { forgetBuilds } from '../init/allow-builds.js';
import { includeDefaults } from '../init/exclude-defaults.js';
import { removeIgnored } from '../init/ignored.js';
import { type Manifest, removePackages } from '../init/packages.js';
import { plugin, removePlugin } from '../init/plugin-entry.js';
import { installPackages } from '../install-packages.js';
import { type RemoveOptions, removeOptions } from './options.js';

/** What deployments leave in a workspace; git would list it once it is no longer ignored. */
const records = ['.local-platform', 'logs', 'WORKTREE_STATUS.json', 'WORKTREE_STATUS.journal.jsonl'];

/**
 * Takes back what `init` and `ci` have done to the workspace. Skills and App Specs stay, with the packages that they run with.
 * @throws while the local platform or records of deployments are still there
 */
export default async function removeGenerator(
  tree: Tree,
  rawOptions: RemoveOptions,
): Promise<GeneratorCallback> {
  parseOptions(removeOptions, rawOptions, `${plugin}:remove`);
  refuseRecords(tree.root);
  const skills = skillsIn(tree);
  const before = await BeforePlugin.in(tree.root);
  const manifest = await before.read('package.json');
  removePlugin(tree);
  includeDefaults(tree);
  removeIgnored(tree);
  for (const file of Object.values(filesOf).flat()) if (tree.exists(file)) tree.delete(file);
  excludePipeline(tree);
  const removed = removePackages(
    tree,
    manifest === undefined ? undefined : (parse(manifest) as Manifest),
    skills.length > 0,
  );
  for (const file of ['package.json', 'nx.json']) await before.restoreFormat(tree, file);
  if (removed.includes('esbuild')) forgetBuilds(tree);
  const manager = detectPackageManager(tree.root);
  return async () => {
    await rm(join(tree.root, '.nx/skills'), { recursive: true, force: true });
    await installPackages(tree.root, manager);
    logger.info(summary(removed, skills));
  };
}

/** The folders of skills. Nx lists none that has nothing but a `skill.json` where the plugin is not loaded. */
function skillsIn(tree: Tree): string[] {
  const folders = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (path) => {
    const file = basename(path);
    if (![manifestFile, ...sharedFiles].includes(file)) return;
    if (manifestIn(tree.read(path, 'utf8') ?? '', file)) folders.add(dirname(path));
  });
  return [...folders].sort();
}

function refuseRecords(root: string): void {
  const left = records.filter((file) => existsSync(join(root, file)));
  if (left.length === 0) return;
  throw mistake(
    `Services or records of deployments are still here: ${left.join(', ')}. Stop and delete them first: ${runner} local-platform reset --yes, then rm -rf ${left.join(' ')}`,
  );
}

function summary(removed: readonly string[], skills: readonly string[]): string {
  const packages = `Removed from package.json: ${removed.join(', ')}.`;
  if (skills.length === 0) return packages;
  return `${packages}\nThese skills stay, with the packages that they use: ${skills.join(', ')}.`;
}

/** The files of a workspace as git has them from before the plugin was added: they tell whose packages are whose. */
class BeforePlugin {
  private constructor(
    private readonly root: string,
    private readonly commit: string,
  ) {}

  static async in(root: string): Promise<BeforePlugin> {
    // The first commit that changed how often the beginning of the names of our packages occurs.
    const search = ['log', '--format=%H', '--reverse', '-S"@odoobo/', '--', './package.json'];
    const { stdout } = await git(search, { cwd: root });
    const [added] = stdout.split('\n');
    return new BeforePlugin(root, added ? `${added}^` : 'HEAD');
  }

  /** The text of a file; undefined if git does not have it, or the plugin has been there from the first commit. */
  async read(file: string): Promise<string | undefined> {
    const { exitCode, stdout } = await git(['show', `${this.commit}:./${file}`], { cwd: this.root });
    return exitCode === 0 ? `${stdout}\n` : undefined;
  }

  /** Writes a JSON file as it was written before, if that means the same. */
  async restoreFormat(tree: Tree, file: string): Promise<void> {
    const before = await this.read(file);
    if (before !== undefined && isDeepStrictEqual(parse(before), parse(tree.read(file, 'utf8') ?? '')))
      tree.write(file, before);
  }
}
