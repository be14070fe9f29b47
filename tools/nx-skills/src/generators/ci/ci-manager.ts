import { getPackageManagerVersion, type Tree } from '@nx/devkit';
import { type PackageManagerName, packageManagerOf } from '@odoobo/machine/package-manager';

/** What a job needs of the package manager of a workspace. */
export interface CiManager {
  name: PackageManagerName;
  lockFile: string;
  /** Installs the package manager itself; npm comes with Node. */
  setUp?: string;
  /** Installs the packages of the lock file. */
  install: string;
  /** Runs a program of an installed package: the beginning of a command. */
  exec: string;
}

/** What jobs need of the package manager whose lock file is in the workspace, in the version that is installed here. */
export async function ciManager(tree: Tree): Promise<CiManager> {
  const manager = await packageManagerOf(tree.root);
  if (!manager || manager.name === 'npm')
    return { name: 'npm', lockFile: 'package-lock.json', install: 'npm ci', exec: 'npx' };
  const { name, lockFile, install } = manager;
  return {
    name,
    lockFile,
    install: [name, ...install].join(' '),
    ...commandsOf(name, getPackageManagerVersion(name, tree.root)),
  };
}

/** It comes from npm's registry, so that no job needs another action. */
function commandsOf(
  name: Exclude<PackageManagerName, 'npm'>,
  version: string,
): Pick<CiManager, 'setUp' | 'exec'> {
  const setUp = `npm install --global ${name}@${version}`;
  if (name === 'pnpm') return { setUp, exec: 'pnpm exec' };
  if (name === 'bun') return { setUp, exec: 'bunx' };
  // Yarn 1 prints its own name to stdout, where the jobs read results.
  if (version.startsWith('1.')) return { setUp, exec: 'yarn --silent' };
  // Runners have a Yarn 1, which npm replaces only by force.
  return { setUp: `npm install --global --force @yarnpkg/cli-dist@${version}`, exec: 'yarn' };
}
