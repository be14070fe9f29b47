import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type PackageManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** Installs the packages of a folder exactly as its lock file says. */
export interface PackageManager {
  name: PackageManagerName;
  lockFile: string;
  /** The text of the lock file. */
  lock: string;
  /** Arguments of the installation; it fails if the lock file does not match the manifests. */
  install: readonly string[];
}

/** The flags are from the documentation of `npm ci`, `pnpm install`, `yarn install` and `bun install`. */
const managers: Record<
  PackageManagerName,
  { lockFile: string; runner: string; install(lock: string): string[] }
> = {
  npm: { lockFile: 'package-lock.json', runner: 'npx', install: () => ['ci'] },
  pnpm: { lockFile: 'pnpm-lock.yaml', runner: 'pnpm', install: () => ['install', '--frozen-lockfile'] },
  // Yarn 1 ignores `--immutable`, and its lock file has no metadata; Yarn 2 and later deprecate `--frozen-lockfile`.
  yarn: {
    lockFile: 'yarn.lock',
    runner: 'yarn',
    install: (lock) => ['install', /^__metadata:/m.test(lock) ? '--immutable' : '--frozen-lockfile'],
  },
  bun: { lockFile: 'bun.lock', runner: 'bunx', install: () => ['install', '--frozen-lockfile'] },
};

/** The names of all lock files, including `bun.lockb` of older versions of Bun. */
export const lockFiles = [...Object.values(managers).map(({ lockFile }) => lockFile), 'bun.lockb'];

/**
 * The package manager whose lock file is in a folder; undefined if there is none.
 * @param order the package managers to look for, the preferred one first
 */
export async function packageManagerOf(
  folder: string,
  order: readonly PackageManagerName[] = ['npm', 'pnpm', 'yarn', 'bun'],
): Promise<PackageManager | undefined> {
  for (const name of order) {
    const { lockFile, install } = managers[name];
    const lock = await readFile(join(folder, lockFile), 'utf8').catch(() => undefined);
    if (lock !== undefined) return { name, lockFile, lock, install: install(lock) };
  }
  return undefined;
}

/**
 * How people run a program of an installed package in a folder, such as `pnpm` in `pnpm nx deploy`: by the nearest lock file in it or
 * above.
 */
export function runnerIn(folder: string): string {
  const found = Object.values(managers).find(({ lockFile }) => existsSync(join(folder, lockFile)));
  if (found) return found.runner;
  return dirname(folder) === folder ? managers.npm.runner : runnerIn(dirname(folder));
}

/** The same in the folder in which this process was started, for the commands that messages name. */
export const runner = runnerIn(process.cwd());
