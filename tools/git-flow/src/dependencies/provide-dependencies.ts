import { gitOutput } from '@odoobo/machine/git';
import {
  type PackageManager,
  type PackageManagerName,
  packageManagerOf,
} from '@odoobo/machine/package-manager';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyBuiltOutputs, haveSameSources } from './built-outputs.js';
import { linkModules } from './link-modules.js';
import { runIn } from './run-in.js';

export interface DependenciesOptions {
  /** The workspace's root in the main checkout, and in a worktree. */
  main: string;
  worktree: string;
  signal: AbortSignal;
  /** Called with the reason before a command that takes long. */
  onNotice: (message: string) => void;
}

/** What a package manager leaves in a `node_modules` that it has filled itself. */
const marks: Record<PackageManagerName, readonly string[]> = {
  npm: ['.package-lock.json'],
  pnpm: ['.modules.yaml'],
  yarn: ['.yarn-state.yml', '.yarn-integrity'],
  bun: ['.package-lock.json'],
};

/** Flags that make it prefer its cache, and do nothing else. */
const cacheFlags: Record<PackageManagerName, readonly string[]> = {
  npm: ['--prefer-offline', '--no-audit', '--no-fund'],
  pnpm: ['--prefer-offline'],
  yarn: [],
  bun: [],
};

/**
 * Gives a worktree the packages that it needs: links to those of the main checkout where both have the same lock file,
 * else an installation of its own. Safe to repeat; an existing installation stays.
 * @throws when an installation or the workspace's own `prepare` script fails, with what it printed
 */
export async function provideDependencies(options: DependenciesOptions): Promise<void> {
  const { main, worktree } = options;
  if (!existsSync(join(main, 'node_modules'))) return;
  const manager = await packageManagerOf(main);
  if (!manager) return link('npm', options);
  for (const mark of marks[manager.name]) if (existsSync(join(worktree, 'node_modules', mark))) return;
  const own = await readFile(join(worktree, manager.lockFile), 'utf8').catch(() => undefined);
  if (own !== undefined && own !== manager.lock) return install(manager, options);
  await link(manager.name, options);
}

async function install(
  { name, lockFile, install }: PackageManager,
  options: DependenciesOptions,
): Promise<void> {
  const args = [...install, ...cacheFlags[name]];
  options.onNotice(`its ${lockFile} differs from that of the main checkout: ${name} ${args.join(' ')}`);
  await runIn(options.worktree, name, args, options.signal);
}

async function link(manager: PackageManagerName, options: DependenciesOptions): Promise<void> {
  const { main, worktree, signal } = options;
  const packages = await packageFolders(main, worktree, signal);
  for (const folder of packages) {
    if (existsSync(join(main, folder, 'node_modules'))) await linkModules(main, worktree, folder);
  }
  const built = await copyBuiltOutputs(main, worktree, packages);
  if (built.length === 0 || (await haveSameSources(main, worktree, built, { signal }))) return;
  if (!(await hasPrepareScript(worktree))) return;
  options.onNotice(`packages of the workspace differ from the main checkout: ${manager} run prepare`);
  await runIn(worktree, manager, ['run', 'prepare'], signal);
}

/** The folders with a package.json that git keeps and that the worktree has checked out; the root first. */
async function packageFolders(main: string, worktree: string, signal: AbortSignal): Promise<string[]> {
  const args = ['ls-files', '-z', '--', 'package.json', '*/package.json'];
  const files = (await gitOutput(args, { cwd: main, signal })).split('\0').filter((file) => file !== '');
  const folders = [...new Set(['.', ...files.map((file) => dirname(file))])];
  return folders.filter((folder) => existsSync(join(worktree, folder)));
}

async function hasPrepareScript(root: string): Promise<boolean> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts?: Record<string, unknown>;
  };
  return scripts?.['prepare'] !== undefined;
}
