import type { PackageRegistry } from '../support/registry.js';
import { RegistryWorkspace } from '../support/registry-workspace.js';

/** A workspace of npm with nothing but Nx; its projects are in `apps`. */
export async function bareWorkspace(registry: PackageRegistry, nx: string): Promise<RegistryWorkspace> {
  const workspace = await RegistryWorkspace.create(registry);
  const manifest = { name: 'shop', private: true, workspaces: ['apps/*'], devDependencies: { nx } };
  await workspace.write('package.json', JSON.stringify(manifest));
  await workspace.write('nx.json', '{}\n');
  await workspace.write('.gitignore', 'node_modules\n.nx/cache\n.nx/workspace-data\n');
  await workspace.run('npm', ['install']);
  await workspace.run('git', ['init', '-q', '-b', 'main']);
  await workspace.commit('Nx');
  return workspace;
}
