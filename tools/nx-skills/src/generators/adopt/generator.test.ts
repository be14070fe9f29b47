import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsTree } from 'nx/src/generators/tree.js';
import { expect, it } from 'vitest';
import adoptGenerator from './generator.js';

/** A workspace with the project `@acme/orders`. */
async function workspaceWith(scripts: object, plugins: unknown[] = []): Promise<FsTree> {
  const root = await tempDirectory();
  const files = {
    'package.json': { workspaces: ['apps/*'] },
    'nx.json': { plugins },
    'apps/orders/package.json': { name: '@acme/orders', version: '2.0.0', scripts },
    'apps/orders/server.js': '',
  };
  for (const [path, json] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), JSON.stringify(json));
  }
  return new FsTree(root, false);
}

it('refuses a target name that is taken, names the option that renames ours, and works with it', async () => {
  const scripts = { start: 'node server.js', deploy: 'scp . host:' };
  const taken = await workspaceWith(scripts);
  await expect(adoptGenerator(taken, { project: '@acme/orders' })).rejects.toThrow(
    /has its own "deploy"[^]*"deployTargetName": "<name>"/,
  );
  expect(taken.listChanges()).toEqual([]);
  const renamed = await workspaceWith(scripts, [
    { plugin: '@odoobo/nx-skills', options: { deployTargetName: 'ship' } },
  ]);
  await adoptGenerator(renamed, { project: '@acme/orders' });
  expect(renamed.exists('apps/orders/skill.json')).toBe(true);
});

it('writes the manifest into package.json on request, and then finds it there', async () => {
  const tree = await workspaceWith({ start: 'node server.js' });
  await adoptGenerator(tree, { project: '@acme/orders', manifest: 'package.json' });
  expect(JSON.parse(tree.read('apps/orders/package.json', 'utf8') ?? '')).toMatchObject({
    name: '@acme/orders',
    skill: { id: 'orders', contract: 'http', entry: 'server.js' },
  });
  const written = tree.listChanges().map(({ path, content }) => [path, content?.toString()]);
  expect(tree.read('infra/do-gradient/orders/app-spec.yaml', 'utf8')).toContain(
    'build_command: npm ci --include=dev && npx nx build @acme/orders\n',
  );
  await adoptGenerator(tree, { project: '@acme/orders' });
  expect(tree.listChanges().map(({ path, content }) => [path, content?.toString()])).toEqual(written);
});

it('refuses a project without a build, and names what helps', async () => {
  const tree = await workspaceWith({ start: 'node dist/server.js' });
  await expect(adoptGenerator(tree, { project: '@acme/orders' })).rejects.toThrow(
    /no target "build" that makes it[^]*--buildTarget/,
  );
  expect(tree.listChanges()).toEqual([]);
});
