import type { PackageManager } from '@odoobo/machine/package-manager';
import { join } from 'node:path';
import { nodeInstall, readManifest } from './node-recipe.js';
import { plainRecipe, type Recipe, shellLines } from './recipe-parts.js';
import type { SourceComponent } from './source.js';
import { readIfThere } from './source-files.js';

/** The second is of versions before 1.2. */
const lockFiles = ['bun.lock', 'bun.lockb'];

/** Whether Bun installs a folder's packages and runs it. */
export async function isBun(folder: string): Promise<boolean> {
  return (await lockOf(folder)) !== undefined;
}

/**
 * Installs by the lock file, then runs build_command, or the script `build`; the script `start` starts it, or the file that
 * package.json names as `module` or `main`.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/bun/
 * @throws DeploymentFailure when package.json is missing or not one
 */
export async function bunRecipe(folder: string, component: SourceComponent): Promise<Recipe> {
  const { name, build_command: line } = component;
  const manifest = await readManifest(join(folder, 'package.json'), name, 'bun');
  const lockFile = await lockOf(folder);
  const wanted = await readIfThere(join(folder, '.bun-version'));
  const file = [manifest['module'], manifest['main']].find((one) => typeof one === 'string');
  const start = manifest.scripts?.['start'] === undefined ? file : 'start';
  return {
    ...plainRecipe,
    needs: [['bun', '--version']],
    installs: [await nodeInstall(folder, managerOf(lockFile), ['bun'])],
    build: line
      ? shellLines(line)
      : manifest.scripts?.['build'] === undefined
        ? []
        : [['bun', 'run', 'build']],
    start: start === undefined ? [] : ['bun', 'run', start],
    env: { NODE_ENV: 'production' },
    notes: wanted === undefined ? [] : [`.bun-version asks for bun ${wanted.trim()}`],
  };
}

function managerOf(lockFile: string | undefined): PackageManager | undefined {
  return lockFile === undefined
    ? undefined
    : { name: 'bun', lockFile, lock: '', install: ['install', '--frozen-lockfile'] };
}

async function lockOf(folder: string): Promise<string | undefined> {
  for (const file of lockFiles) if ((await readIfThere(join(folder, file))) !== undefined) return file;
  return undefined;
}
