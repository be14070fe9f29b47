import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodes } from './create-nodes.js';
import type { PluginOptions } from './targets.js';

describe('the project of a skill', () => {
  /** The projects of a workspace with these files. */
  async function infer(files: Record<string, object>, options?: PluginOptions) {
    const root = await tempDirectory();
    for (const [file, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), JSON.stringify(content));
    }
    const results = await createNodes[1](Object.keys(files), options, {
      workspaceRoot: root,
      nxJsonConfiguration: {},
    });
    return Object.fromEntries(results.flatMap(([, { projects = {} }]) => Object.entries(projects)));
  }

  it('has the name of its own files, and depends on others by theirs', async () => {
    const projects = await infer({
      'apps/api/package.json': { name: '@acme/orders', skill: { id: 'orders', dependencies: ['payments'] } },
      'apps/pay/project.json': { name: 'pay-service', skill: { id: 'payments' } },
      'apps/other/package.json': { name: 'other' },
    });
    expect(Object.keys(projects)).toEqual(['apps/api', 'apps/pay']);
    expect(projects['apps/api']).toMatchObject({
      name: '@acme/orders',
      implicitDependencies: ['pay-service'],
    });
    expect(projects['apps/api']?.targets?.['validate']?.inputs).toContain(
      '{workspaceRoot}/infra/do-gradient/orders/app-spec.yaml',
    );
  });

  it('has a configuration for each environment of its placements', async () => {
    const projects = await infer({
      'nx.json': {},
      'infra/do-gradient/placements.yaml': { placements: [{ environment: 'staging' }] },
      'infra/do-gradient/orders/placements.yaml': {
        placements: [{ environment: 'demo' }, { environment: 'production' }],
      },
      'apps/orders/skill.json': { id: 'orders' },
      'apps/pay/skill.json': { id: 'pay' },
    });
    const { deploy, logs } = projects['apps/orders']?.targets ?? {};
    expect(deploy?.configurations).toEqual({
      production: { environment: 'production' },
      staging: { environment: 'staging' },
      demo: { environment: 'demo' },
    });
    expect(logs?.configurations).toEqual(deploy?.configurations);
    expect(Object.keys(projects['apps/pay']?.targets?.['deploy']?.configurations ?? {})).toEqual([
      'production',
      'staging',
    ]);
    expect(Object.keys(projects['.']?.targets?.['monitor']?.configurations ?? {})).toEqual([
      'production',
      'staging',
      'demo',
    ]);
  });

  it('keeps its own build, after which ours runs', async () => {
    const { 'apps/api': project } = await infer({
      'apps/api/skill.json': { contract: 'http', buildTarget: 'build' },
      'apps/api/package.json': { scripts: { build: 'tsc' } },
    });
    const { build, image, deploy, serve } = project?.targets ?? {};
    expect(build).toBeUndefined();
    expect(image).toMatchObject({
      executor: '@odoobo/nx-skills:build',
      dependsOn: ['^build', 'build'],
      outputs: ['bundle', 'image', 'unhashed.json', 'sbom.cdx.json'].map(
        (path) => `{projectRoot}/.artefact/${path}`,
      ),
    });
    expect(deploy?.dependsOn).toEqual(['image', '^deploy']);
    expect(serve).toBeUndefined();
  });

  it('is built after the packages that it is bundled from, and beside the skills that it needs', async () => {
    const declared = { '@acme/money': '*', '@acme/pay': '*', undici: '*' };
    const projects = await infer({
      'apps/api/skill.json': { dependencies: ['pay'] },
      'apps/api/package.json': { name: '@acme/api', dependencies: declared },
      'apps/pay/skill.json': {},
      'apps/pay/package.json': { name: '@acme/pay', devDependencies: { '@acme/money': '*' } },
      'libs/money/package.json': { name: '@acme/money', nx: { name: 'money' } },
    });
    const buildOf = (root: string) => projects[root]?.targets?.['build']?.dependsOn;
    expect(buildOf('apps/api')).toEqual([{ projects: ['money'], target: 'build' }]);
    expect(buildOf('apps/pay')).toEqual(['^build']);
  });

  it('has the names of targets that the options of the plugin give', async () => {
    const options = { buildTargetName: 'pack', deployTargetName: 'ship', smokeTestTargetName: 'probe' };
    const { 'apps/api': project } = await infer({ 'apps/api/skill.json': {} }, options);
    const { ship, probe, pack, deploy } = project?.targets ?? {};
    expect(deploy).toBeUndefined();
    expect(pack?.executor).toBe('@odoobo/nx-skills:build');
    expect(probe?.executor).toBe('@odoobo/nx-skills:smoke-test');
    expect(ship?.dependsOn).toEqual(['pack', '^ship']);
    expect(ship?.metadata?.help?.command).toBe('npx nx run api:ship --help');
    expect(project?.metadata?.targetGroups?.['Ship']).toContain('ship');
  });
});

it('finds the one skill of 300 projects in at most 30 ms', async () => {
  const root = await tempDirectory();
  const files = ['packages/p7/skill.json'];
  for (let number = 0; number < 300; number += 1) {
    const folder = `packages/p${number}`;
    await mkdir(join(root, folder), { recursive: true });
    const scripts = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`script-${index}`, 'tsc']));
    for (const file of ['package.json', 'project.json']) {
      await writeFile(join(root, folder, file), JSON.stringify({ name: `p${number}`, scripts }));
      files.push(`${folder}/${file}`);
    }
  }
  await writeFile(join(root, 'packages/p7/skill.json'), '{}');
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    const results = await createNodes[1](files, undefined, { workspaceRoot: root, nxJsonConfiguration: {} });
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
    expect(results.map(([file]) => file)).toEqual(['packages/p7/skill.json']);
  }
  // CPU time, and the best of some rounds: other programs of the machine do not count.
  expect(Math.min(...times)).toBeLessThan(30);
});
