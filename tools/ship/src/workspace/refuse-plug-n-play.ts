import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Yarn's Plug'n'Play keeps packages in archives, from which neither the local platform nor a service can be started.
 * https://yarnpkg.com/features/pnp
 * @param root of the workspace
 * @throws in a workspace that is installed so
 */
export function refusePlugNPlay(root: string): void {
  if (!existsSync(join(root, '.pnp.cjs'))) return;
  throw new Error(
    "This workspace uses Yarn's Plug'n'Play, which is not supported. Write `nodeLinker: node-modules` (or pnpm) into .yarnrc.yml, then run: yarn install",
  );
}
