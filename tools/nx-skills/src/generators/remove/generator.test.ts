import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree.js';
import { beforeEach, expect, it } from 'vitest';
import ciGenerator from '../ci/generator.js';
import initGenerator from '../init/generator.js';
import removeGenerator from './generator.js';

let root: string;

beforeEach(async () => {
  root = await tempDirectory();
  await git('init', '-q', '-b', 'main');
});

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  return (await execa('git', [...identity, ...args], { cwd: root })).stdout;
}

async function commit(files: Record<string, string> = {}): Promise<void> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text);
  await git('add', '--all');
  await git('commit', '-qm', 'a change');
}

/** Runs a generator as Nx does, but installs nothing. */
async function run(generator: (tree: FsTree, options: Record<string, never>) => Promise<unknown>) {
  const tree = new FsTree(root, false);
  await generator(tree, {});
  flushChanges(root, tree.listChanges());
}

/** `packageManager` spares the tests an installed pnpm. */
const workspaces: [string, Record<string, string>][] = [
  [
    'a formatted workspace of pnpm',
    {
      'package.json': `{
  "name": "shop",
  "packageManager": "pnpm@12.0.0",
  "dependencies": {},
  "devDependencies": {
    "nx": "23.2.1",
    "vitest": "^4.0.0"
  }
}
`,
      'nx.json': `{
  "namedInputs": { "default": ["{projectRoot}/**/*", "sharedGlobals"] },
  "targetDefaults": { "deploy": { "cache": true }, "build": { "dependsOn": ["^build"] } },
  "plugins": [{ "plugin": "x" }]
}
`,
      '.gitignore': 'node_modules\n.nx/cache\n',
      'pnpm-lock.yaml': '',
      'pnpm-workspace.yaml': "# ours\npackages:\n  - 'packages/*'\nallowBuilds:\n  nx: true\n",
    },
  ],
  [
    'a workspace with tabs and comments',
    { 'package.json': '{\n\t"private": true\n}\n', 'nx.json': '{\n\t// ours\n\t"analytics": false\n}\n' },
  ],
];

it.each(workspaces)('leaves %s as it was before the plugin', async (_name, files) => {
  await commit(files);
  await run(initGenerator);
  expect(await git('status', '--porcelain')).not.toBe('');
  await commit();
  await run(ciGenerator);
  await commit();
  await run(removeGenerator);
  expect(await git('diff', 'HEAD~2')).toBe('');
});

it.each([
  ['package.json', '{ "name": "orders", "skill": { "id": "orders" } }'],
  ['skill.json', '{ "id": "orders" }'],
])(
  'removes a pipeline of GitLab with its include, and keeps what a skill needs whose manifest is in %s',
  async (file, text) => {
    const options = { deployTargetName: 'ship' };
    await mkdir(join(root, 'apps/orders'), { recursive: true });
    await commit({
      'package.json': '{ "workspaces": ["apps/*"] }',
      'nx.json': '{}',
      [`apps/orders/${file}`]: text,
    });
    await writeFile(
      join(root, 'nx.json'),
      JSON.stringify({ plugins: [{ plugin: '@odoobo/nx-skills', options }] }),
    );
    await run(initGenerator);
    await commit();
    await run((tree) => ciGenerator(tree, { provider: 'gitlab' }));
    await commit();
    await run(removeGenerator);
    const tree = new FsTree(root, false);
    expect(tree.read('nx.json', 'utf8')).not.toContain('plugins');
    expect(tree.exists('.gitlab-ci.yml')).toBe(false);
    expect(tree.exists('.gitlab/skills.gitlab-ci.yml')).toBe(false);
    const manifest = tree.read('package.json', 'utf8') ?? '';
    expect(manifest).toContain('"@odoobo/skill-kit"');
    expect(manifest).not.toContain('"@odoobo/local-platform"');
  },
);

it('removes only its own packages where git does not know what was there before', async () => {
  await writeFile(join(root, 'package.json'), '{}');
  await writeFile(join(root, 'nx.json'), '{}');
  await run(initGenerator);
  await commit();
  await run(removeGenerator);
  const manifest = new FsTree(root, false).read('package.json', 'utf8') ?? '';
  expect(manifest).toContain('"vitest"');
  expect(manifest).not.toContain('@odoobo/');
});

it('refuses while services or records of deployments are there, and says how to delete them', async () => {
  await commit({ 'package.json': '{}', 'nx.json': '{}' });
  await mkdir(join(root, '.local-platform'));
  await expect(run(removeGenerator)).rejects.toThrow(
    /still here: \.local-platform[^]*npx local-platform reset --yes/,
  );
});
