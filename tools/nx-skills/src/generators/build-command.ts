import { getPackageManagerVersion, type Tree } from '@nx/devkit';
import { packageManagerOf } from '@odoobo/machine/package-manager';

/**
 * The build command of an App Spec: what App Platform runs when it builds a project from git. Its buildpack has installed the
 * packages by the lock file of npm, pnpm or Yarn; by that of Bun it cannot.
 * https://docs.digitalocean.com/products/app-platform/reference/buildpacks/nodejs/
 */
export async function buildCommand(tree: Tree, project: string, target = 'build'): Promise<string> {
  const nx = target === 'build' ? `nx build ${project}` : `nx run ${project}:${target}`;
  const manager = await packageManagerOf(tree.root);
  switch (manager?.name) {
    case 'pnpm':
      return `pnpm exec ${nx}`;
    case 'yarn':
      return `yarn ${nx}`;
    case 'bun':
      return `npx --yes bun@${getPackageManagerVersion('bun', tree.root)} install --frozen-lockfile && npx ${nx}`;
    default:
      return `npm ci --include=dev && npx ${nx}`;
  }
}
