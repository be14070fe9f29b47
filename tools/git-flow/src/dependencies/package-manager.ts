import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What installs the packages of a workspace, exactly as its lock file says. */
export interface PackageManager {
  lockFile: string;
  name: 'npm' | 'pnpm' | 'yarn' | 'bun';
  /** Takes from its cache what it can. */
  install: readonly string[];
  /** What it leaves in a `node_modules` that it has filled itself. */
  mark: string;
}

/** By lock file. Flags: the documentation of `npm ci`, `pnpm install`, `yarn install` and `bun install`. */
const packageManagers: readonly PackageManager[] = [
  {
    lockFile: 'package-lock.json',
    name: 'npm',
    install: ['ci', '--prefer-offline', '--no-audit', '--no-fund'],
    mark: '.package-lock.json',
  },
  {
    lockFile: 'pnpm-lock.yaml',
    name: 'pnpm',
    install: ['install', '--frozen-lockfile', '--prefer-offline'],
    mark: '.modules.yaml',
  },
  { lockFile: 'yarn.lock', name: 'yarn', install: ['install', '--immutable'], mark: '.yarn-state.yml' },
  {
    lockFile: 'bun.lock',
    name: 'bun',
    install: ['install', '--frozen-lockfile'],
    mark: '.package-lock.json',
  },
];

/** The one whose lock file is at the root of a workspace; none where there is no lock file. */
export async function packageManagerOf(
  root: string,
): Promise<{ manager: PackageManager; lock: string } | undefined> {
  for (const manager of packageManagers) {
    const lock = await readFile(join(root, manager.lockFile), 'utf8').catch(() => undefined);
    if (lock !== undefined) return { manager, lock };
  }
  return undefined;
}
