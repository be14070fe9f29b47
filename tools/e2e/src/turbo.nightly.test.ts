import { execa } from 'execa';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { odooboPath, outerEnvironment, Workspace } from './support/workspace.js';

// A workspace of npm with five services, shipped by the real Turborepo: it builds what has changed, and deploys that.

const registry = await execa('npm', ['view', 'turbo', 'version'], { reject: false });
const skills = ['billing', 'catalog', 'orders', 'stock', 'till'];

describe.skipIf(registry.failed)('Turborepo (needs the npm registry)', () => {
  let workspace: Workspace;
  let tools: string;
  /** The digests of the builds of Nx. */
  let expected: string[];

  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'turbo-'));
    await execa('npm', ['install', '--prefix', tools, '--no-audit', '--no-fund', 'turbo@2']);
    workspace = await Workspace.create(
      Object.fromEntries(
        skills.map((skill) => [
          skill,
          { behaviour: { says: skill }, manifest: { dependencies: skill === 'orders' ? ['till'] : [] } },
        ]),
      ),
    );
    const root = { name: 'workspace', private: true, type: 'module', workspaces: ['skills/*', 'libs/*'] };
    await workspace.write('package.json', JSON.stringify(root));
    for (const skill of skills)
      await workspace.write(
        `skills/${skill}/package.json`,
        JSON.stringify({
          name: `@acme/${skill}`,
          version: '1.0.0',
          private: true,
          type: 'module',
          ...(skill === 'billing' && { dependencies: { '@acme/money': '*' } }),
        }),
      );
    await workspace.write(
      'libs/money/package.json',
      JSON.stringify({ name: '@acme/money', version: '1.0.0' }),
    );
    await workspace.write('libs/money/index.js', '');
    const built = await workspace.nx(['run-many', '-t', 'build']);
    if (built.exitCode !== 0) throw new Error(built.output);
    expected = await digests();
    for (const skill of skills) await workspace.remove(`skills/${skill}/dist`);
    await workspace.remove('nx.json');
    await workspace.write('bin/odoobo', `#!/bin/sh\nexec "${process.execPath}" "${odooboPath}" "$@"\n`);
    await chmod(join(workspace.root, 'bin/odoobo'), 0o755);
    await workspace.commit('without Nx');
  }, 300_000);
  afterAll(async () => {
    await workspace?.close();
    await rm(tools, { recursive: true, force: true });
  });

  function run(file: string, args: string[]) {
    return execa(file, args, {
      cwd: workspace.root,
      env: {
        ...outerEnvironment(),
        ...workspace.env,
        PATH: `${join(workspace.root, 'bin')}:${process.env['PATH']}`,
        TURBO_TELEMETRY_DISABLED: '1',
      },
      extendEnv: false,
      all: true,
    });
  }

  const odoobo = async (...args: string[]) => (await run('odoobo', args)).all;
  const turboRun = (args: string[]) => run(join(tools, 'node_modules/.bin/turbo'), ['run', ...args]);
  const turbo = async (...args: string[]) => (await turboRun(args)).all;

  function digests(): Promise<string[]> {
    return Promise.all(
      skills.map(async (skill) => {
        const index = await workspace.read(`skills/${skill}/dist/image/index.json`);
        return (JSON.parse(index) as { manifests: [{ digest: string }] }).manifests[0].digest;
      }),
    );
  }

  /** How many deployments the platform has made: each write makes one. */
  async function writes(): Promise<number> {
    const apps = await workspace.apps();
    const made = await Promise.all(
      apps.map(async ({ id }) => {
        const { deployments } = (await workspace.api(`/apps/${id}/deployments`)) as { deployments: object[] };
        return deployments.length;
      }),
    );
    return made.reduce((sum, one) => sum + one, 0);
  }

  it('is prepared by one command, which changes nothing the second time', async () => {
    expect((await odoobo('init', '--turbo')).split('\n')).toContain('turbo.json');
    expect(await odoobo('init', '--turbo')).toBe('Nothing to change.');
    await workspace.commit('prepared');
  });

  it('builds anew when a package changes that a skill depends on', async () => {
    const hashes = async () => {
      const { stdout } = await turboRun(['image', '--dry=json']);
      const { tasks } = JSON.parse(stdout) as { tasks: { taskId: string; hash: string }[] };
      return new Map(tasks.map(({ taskId, hash }) => [taskId, hash]));
    };
    const before = await hashes();
    await workspace.write('libs/money/index.js', 'export const currency = "EUR";');
    const after = await hashes();
    const images = skills.map((skill) => `@acme/${skill}#image`);
    expect(images.filter((task) => before.get(task) !== after.get(task))).toEqual(['@acme/billing#image']);
    await workspace.commit('currency');
  });

  it('deploys all, then nothing, then what has changed, with the artefacts of Nx', async () => {
    await turbo('deploy');
    expect((await workspace.apps()).map(({ spec }) => spec.name).sort()).toEqual(skills);
    expect(await digests()).toEqual(expected);
    expect(await writes()).toBe(5);

    const again = await turbo('deploy');
    expect(again).toContain('@acme/orders:image: cache hit');
    expect(await writes()).toBe(5);

    await workspace.git('switch', '-qc', 'skill/stock');
    await workspace.change('stock', { says: 'changed' });
    await workspace.commit('changed');
    const changed = await turbo('deploy', '--affected');
    expect(changed).not.toContain('@acme/orders:');
    expect(await writes()).toBe(6);
    const stock = (await workspace.apps()).find(({ spec }) => spec.name === 'stock');
    expect(await (await fetch(stock?.live_url ?? '')).text()).toContain('changed');
  }, 300_000);
});
