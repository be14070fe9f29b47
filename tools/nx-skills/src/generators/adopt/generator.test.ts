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

it('names an image in the App Spec on request, also of a service that is adopted already', async () => {
  const appSpec = 'infra/do-gradient/orders/app-spec.yaml';
  const image = 'registry_type: GHCR\n      registry: acme\n      repository: shop/orders\n';
  const asked = await workspaceWith({ start: 'node server.js' });
  await adoptGenerator(asked, { project: '@acme/orders', image: 'ghcr.io/acme/shop/orders' });
  expect(asked.read(appSpec, 'utf8')).toContain(
    `  - name: orders\n    image:\n      ${image}    http_port: 8080\n`,
  );

  const later = await workspaceWith({ start: 'node server.js' });
  await adoptGenerator(later, { project: '@acme/orders' });
  const text = later.read(appSpec, 'utf8') ?? '';
  // By the name of the app, as the message of a refused rollout says it.
  await adoptGenerator(later, { project: 'orders', image: 'registry.digitalocean.com/acme/orders' });
  const changed = later.read(appSpec, 'utf8') ?? '';
  expect(changed).toContain(
    '    image:\n      registry_type: DOCR\n      repository: orders\n    http_port: 8080\n',
  );
  expect(changed).not.toMatch(/github|branch|build_command|run_command|environment_slug/);
  expect(changed.split('    http_port')[1]).toBe(text.split('    http_port')[1]);
  await adoptGenerator(later, { project: 'orders', image: 'ghcr.io/acme/orders' });
  expect(later.read(appSpec, 'utf8')).toBe(changed);
});

it('refuses an image that App Platform cannot run, and one of a Python service, and writes nothing', async () => {
  const tree = await workspaceWith({ start: 'node server.js' });
  for (const image of ['quay.io/acme/orders', 'orders', 'ghcr.io/acme/orders:1', 'ghcr.io/Acme/orders'])
    await expect(adoptGenerator(tree, { project: '@acme/orders', image })).rejects.toThrow(
      '--image=ghcr.io/acme/orders',
    );
  await expect(
    adoptGenerator(tree, {
      project: '@acme/orders',
      image: 'ghcr.io/acme/orders',
      runtime: 'python',
      entry: 'main:app',
    }),
  ).rejects.toThrow('A Python service cannot be shipped as an image');
  expect(tree.listChanges()).toEqual([]);
});

it('refuses to choose among several services that are built from a branch', async () => {
  const tree = await workspaceWith({ start: 'node server.js' });
  const appSpec = 'infra/do-gradient/orders/app-spec.yaml';
  const service = (name: string) => `  - name: ${name}\n    github: { repo: a/b, branch: main }\n`;
  const text = `name: orders\nservices:\n${service('orders')}${service('other')}`;
  tree.write(appSpec, text);
  await adoptGenerator(tree, { project: '@acme/orders' });
  await expect(
    adoptGenerator(tree, { project: '@acme/orders', image: 'ghcr.io/acme/orders' }),
  ).rejects.toThrow('has 2 services that are built from a branch');
  expect(tree.read(appSpec, 'utf8')).toBe(text);
});
