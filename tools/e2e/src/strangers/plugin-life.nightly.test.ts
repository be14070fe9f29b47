import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import { RegistryWorkspace } from '../support/registry-workspace.js';
import { publishAll, unseenVersion } from './publish.js';

const installMs = 10 * 60_000;

let registry: PackageRegistry;
const old = unseenVersion('0.0');
const current = unseenVersion('0.2');
beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  await publishAll(registry, old);
  await publishAll(registry, current);
}, installMs);
afterAll(() => registry.close());

/** Nx also checks the signature of its own package, which not every mirror of npm's registry has. */
const unsigned = { NX_SKIP_PROVENANCE_CHECK: 'true' };

/** A workspace of npm with nothing but Nx. */
async function bareWorkspace(nx: string): Promise<RegistryWorkspace> {
  const workspace = await RegistryWorkspace.create(registry);
  await workspace.write('package.json', JSON.stringify({ private: true, devDependencies: { nx } }));
  await workspace.write('nx.json', '{}\n');
  await workspace.write('.gitignore', 'node_modules\n.nx/cache\n.nx/workspace-data\n');
  await workspace.run('npm', ['install']);
  await workspace.run('git', ['init', '-q', '-b', 'main']);
  await workspace.commit('Nx');
  return workspace;
}

it(
  'says on an Nx that is too old what it works with, and breaks no command',
  { timeout: installMs },
  async () => {
    const workspace = await bareWorkspace('20.8.4');
    // Nx 20 itself says in the end that it has added the package, as it has.
    expect(await workspace.npx('nx add @odoobo/nx-skills')).toContain(
      'works with Nx 21 to 24, but this workspace has Nx 20.8.4: nothing was added to nx.json.',
    );
    expect(await workspace.read('nx.json')).toBe('{}\n');
    await workspace.npx('nx show projects');
    await workspace.close();
  },
);

it('migrates a workspace of an earlier version with nx migrate', { timeout: installMs }, async () => {
  const workspace = await bareWorkspace('23.2.1');
  await workspace.run('npm', ['install', '--save-dev', `@odoobo/nx-skills@${old}`]);
  await workspace.write('nx.json', '{ "plugins": ["@odoobo/nx-skills"] }\n');
  await workspace.npx(`nx migrate @odoobo/nx-skills@${current} --interactive=false`, unsigned);
  await workspace.run('npm', ['install']);
  await workspace.npx('nx migrate --run-migrations', unsigned);
  const { devDependencies } = JSON.parse(await workspace.read('package.json')) as {
    devDependencies: Record<string, string>;
  };
  expect(devDependencies).toMatchObject({ '@odoobo/nx-skills': current, esbuild: expect.any(String) });
  expect(await workspace.read('.gitignore')).toContain('/.nx/skills/');
  await workspace.close();
});
