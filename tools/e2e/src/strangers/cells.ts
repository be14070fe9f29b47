import type { PackageManagerName } from '@odoobo/machine/package-manager';

/** A workspace as a stranger has it. */
export interface Cell {
  /** The major of Nx. */
  major: number;
  manager: PackageManagerName;
}

/**
 * The newest version of each major of which the registry has all packages and binaries. It has no `create-nx-workspace` and no
 * `@nx/js` of 24: that workspace is made by hand.
 */
const nxVersions = new Map([
  [21, '21.6.11'],
  [22, '22.7.12'],
  [23, '23.2.1'],
  [24, '24.0.0'],
]);

/**
 * The packages that the package managers come in. Nx 21 is older than pnpm 11, which its own packages cannot be installed with; Nx 21
 * and 22 cannot read the lock file of Bun 1.4.
 */
const managerPackages: Record<PackageManagerName, (major: number) => string> = {
  npm: () => 'npm@11',
  pnpm: (major) => (major === 21 ? 'pnpm@10.34.8' : 'pnpm@12.21.0'),
  yarn: () => '@yarnpkg/cli-dist@4.18.1',
  bun: (major) => (major < 23 ? 'bun@1.3.14' : 'bun@1.4.5'),
};

const managers = Object.keys(managerPackages) as PackageManagerName[];

export const cells: Cell[] = [...nxVersions.keys()].flatMap((major) =>
  managers.map((manager) => ({ major, manager })),
);

/** Of Nx. */
export function versionOf({ major }: Cell): string {
  return nxVersions.get(major) ?? '';
}

export function hasCreator({ major }: Cell): boolean {
  return major < 24;
}

export function managerPackage({ major, manager }: Cell): string {
  return managerPackages[manager](major);
}

/** It selects the tests of one cell. */
export function nameOf({ major, manager }: Cell): string {
  return `Nx ${major} with ${manager}`;
}

/** Of Nx 24.0.0 the registry lacks these, of which Yarn wants those of every system; of 24.0.5 it has them, but no devkit. */
const missingBinaries = [
  'darwin-arm64',
  'darwin-x64',
  'freebsd-x64',
  'linux-arm-gnueabihf',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

/** What the manifest of a workspace that is made by hand needs for Yarn. */
export const resolutions = Object.fromEntries(
  missingBinaries.map((system) => [`@nx/nx-${system}`, '24.0.5']),
);

/** Optional packages of dependencies that the registry lacks, which Yarn wants even so: it gets another one for them. */
export const missingPackages = { 'napi-windows-process-start-time': 'npm:is-number@7.0.0' };
