import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import { RegistryWorkspace } from '../support/registry-workspace.js';
import { bareWorkspace } from './bare-workspace.js';
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

it(
  'says on an Nx that is too old what it works with, and breaks no command',
  { timeout: installMs },
  async () => {
    const workspace = await bareWorkspace(registry, '20.8.4');
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
  const workspace = await bareWorkspace(registry, '23.2.1');
  await workspace.run('npm', ['install', '--save-dev', `@odoobo/nx-skills@${old}`]);
  await workspace.write('nx.json', '{ "plugins": ["@odoobo/nx-skills"] }\n');
  // It has no esbuild, which concerns nothing but builds of skills.
  const tool = { name: 'tool', scripts: { greet: 'echo hello from a tool' } };
  await workspace.write('apps/tool/package.json', JSON.stringify(tool));
  expect(await workspace.npx('nx greet tool')).toContain('hello from a tool');
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

it(
  'makes a workspace by its preset, whose README has the two commands to a live service',
  { timeout: installMs },
  async () => {
    const outer = await RegistryWorkspace.create(registry);
    // The scope's registry in the configuration of the user, as with a private registry: Nx asks `npm view` for the version from a
    // folder of its own.
    const env = { npm_config_userconfig: join(outer.root, '.npmrc') };
    const options = ['--preset=@odoobo/nx-skills', '--pm=npm', '--nxCloud=skip', '--no-interactive'];
    await outer.run('npx', ['-y', 'create-nx-workspace@23.2.1', 'shop', ...options], env);
    const workspace = outer.inside('shop', env);
    expect(await workspace.run('git', ['status', '--porcelain'])).toBe('');
    const readme = await workspace.read('README.md');
    const [generate = '', deploy = ''] = readme.match(/(?<=^npx )nx .*/gm) ?? [];
    await workspace.npx(`${generate} --no-interactive`);
    expect(await workspace.npx(deploy)).toContain('1 created');
    await workspace.close();
    await outer.close();
  },
);
