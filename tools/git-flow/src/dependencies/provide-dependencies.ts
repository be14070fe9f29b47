import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import {
  type PackageManager,
  type PackageManagerName,
  packageManagerOf,
} from '@odoobo/machine/package-manager';
import { constants, existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
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

/**
 * Copies what the workspace's own packages ship and git does not track, such as `dist`, into a worktree that lacks it:
 * without it, the workspace's own tools could not be loaded there.
 * @param folders of packages, relative to both roots
 * @returns the folders to which something was copied
 */
async function copyBuiltOutputs(
  main: string,
  worktree: string,
  folders: readonly string[],
): Promise<string[]> {
  const copied = await Promise.all(
    folders.map(async (folder) => {
      const shipped = await shippedFolders(join(main, folder));
      const missing = shipped.filter((name) => !existsSync(join(worktree, folder, name)));
      const built = missing.filter((name) => existsSync(join(main, folder, name)));
      for (const name of built) await copy(join(main, folder, name), join(worktree, folder, name));
      return built.length > 0 ? [folder] : [];
    }),
  );
  return copied.flat();
}

/** Whether folders of the main checkout, in their current state, have the same content as the commit of a worktree. */
async function haveSameSources(
  main: string,
  worktree: string,
  folders: readonly string[],
  options: Omit<GitOptions, 'cwd'>,
): Promise<boolean> {
  const commit = await gitOutput(['rev-parse', 'HEAD'], { ...options, cwd: worktree });
  const there = { ...options, cwd: main };
  const [differs, untracked] = await Promise.all([
    git(['diff', '--quiet', commit, '--', ...folders], there),
    gitOutput(['ls-files', '--others', '--exclude-standard', '--', ...folders], there),
  ]);
  return differs.exitCode === 0 && untracked === '';
}

/** The entries of `files` in a package.json that are plain folders or files. */
async function shippedFolders(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { files } = JSON.parse(text) as { files?: unknown };
  if (!Array.isArray(files)) return [];
  const plain = files.filter((name): name is string => typeof name === 'string' && /^[\w./-]+$/.test(name));
  return plain.filter((name) => !normalize(name).startsWith('..'));
}

function copy(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
}
