import { execa } from 'execa';
import type { PackageManager } from 'nx/src/devkit-exports.js';

/** In CI, pnpm and Yarn keep the lock file as it is, unless they are told otherwise. */
const mayChangeLockFile: Partial<Record<PackageManager, string>> = {
  pnpm: '--no-frozen-lockfile',
  yarn: '--no-immutable',
};

/** @throws if the package manager fails; its output is shown */
export async function installPackages(root: string, manager: PackageManager): Promise<void> {
  const flag = mayChangeLockFile[manager];
  await execa(manager, ['install', ...(flag === undefined ? [] : [flag])], { cwd: root, stdio: 'inherit' });
}
