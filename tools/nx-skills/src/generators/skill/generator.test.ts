import { readJson, readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parseAppSpec } from '@odoobo/app-platform/spec';
import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FsTree } from 'nx/src/generators/tree.js';
import { beforeEach, describe, expect, it } from 'vitest';
import initGenerator from '../init/generator.js';
import { checkNxVersion } from '../init/supported-nx.js';
import skillGenerator from './generator.js';

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('.prettierrc', '{}');
});

describe('the skill generator', () => {
  it('writes a manifest and an App Spec that are valid', async () => {
    await skillGenerator(tree, { name: 'echo', description: 'Says "echo".' });
    const manifest = skillManifestSchema.parse(readJson(tree, 'skills/echo/skill.json'));
    expect(manifest).toMatchObject({ id: 'echo', description: 'Says "echo".' });
    expect(tree.exists(`skills/echo/${manifest.entry}`)).toBe(true);
    const file = 'infra/do-gradient/echo/app-spec.yaml';
    expect(parseAppSpec(tree.read(file, 'utf8') ?? '', file).name).toBe('echo');
  });

  it('overwrites neither an existing folder nor an App Spec', async () => {
    tree.write('infra/do-gradient/echo/app-spec.yaml', 'name: mine');
    await skillGenerator(tree, { name: 'echo' });
    expect(tree.read('infra/do-gradient/echo/app-spec.yaml', 'utf8')).toContain('mine');
    await expect(skillGenerator(tree, { name: 'echo' })).rejects.toThrow('skills/echo already exists');
    // For an error with a stack, Nx would add how to see it.
    await expect(skillGenerator(tree, { name: 'echo' })).rejects.not.toHaveProperty('stack');
  });

  it('extends the TypeScript settings of the workspace, or writes complete ones if there are none', async () => {
    tree.delete('tsconfig.base.json');
    await skillGenerator(tree, { name: 'alone' });
    expect(readJson(tree, 'skills/alone/tsconfig.json')).toMatchObject({ compilerOptions: { strict: true } });
    expect(readJson(tree, 'skills/alone/tsconfig.json')).not.toHaveProperty('extends');
    tree.write('tsconfig.base.json', '{}');
    await skillGenerator(tree, { name: 'based' });
    expect(readJson(tree, 'skills/based/tsconfig.json')).toMatchObject({
      extends: '../../tsconfig.base.json',
    });
    expect(readJson(tree, 'skills/based/tsconfig.json').compilerOptions).not.toHaveProperty('strict');
  });

  it('adds a test and a type check that need no other Nx plugin', async () => {
    await skillGenerator(tree, { name: 'echo' });
    const { targets } = readJson(tree, 'skills/echo/project.json');
    expect(targets).toMatchObject({
      test: { command: 'vitest run' },
      typecheck: { command: expect.stringContaining('tsc') },
    });
  });

  it('adds itself to the references of a tsconfig.json that only refers to projects, once', async () => {
    tree.write('tsconfig.json', JSON.stringify({ files: [], references: [{ path: './skills/echo' }] }));
    await skillGenerator(tree, { name: 'echo' });
    await skillGenerator(tree, { name: 'other' });
    expect(readJson(tree, 'tsconfig.json').references).toEqual([
      { path: './skills/echo' },
      { path: './skills/other' },
    ]);
  });

  it('leaves a tsconfig.json alone that compiles files itself', async () => {
    tree.write('tsconfig.json', JSON.stringify({ references: [] }));
    await skillGenerator(tree, { name: 'echo' });
    expect(readJson(tree, 'tsconfig.json')).toEqual({ references: [] });
  });

  it.each([
    ['pnpm-lock.yaml', '', 'pnpm exec nx build echo'],
    ['yarn.lock', '', 'yarn nx build echo'],
    ['package-lock.json', '{}', 'npm ci --include=dev && npx nx build echo'],
  ])('builds on App Platform with the package manager of %s', async (lockFile, lock, command) => {
    const folder = await tempDirectory();
    await writeFile(join(folder, lockFile), lock);
    await writeFile(join(folder, 'package.json'), '{ "packageManager": "pnpm@12.0.0" }');
    tree = new FsTree(folder, false);
    await skillGenerator(tree, { name: 'echo' });
    const file = 'infra/do-gradient/echo/app-spec.yaml';
    const [service] = parseAppSpec(tree.read(file, 'utf8') ?? '', file).services ?? [];
    expect(service?.build_command).toBe(command);
  });

  it('takes the types of skill-kit from its sources if it is in the workspace', async () => {
    tree.write('package.json', JSON.stringify({ workspaces: ['tools/*'] }));
    tree.write('tools/kit/package.json', JSON.stringify({ name: '@odoobo/skill-kit' }));
    await skillGenerator(tree, { name: 'echo' });
    const { references } = readJson(tree, 'skills/echo/tsconfig.json');
    expect(references).toEqual([{ path: '../../tools/kit' }]);
  });

  it.each(['Echo', 'a', 'echo_', '../up'])('refuses the name %s', async (name) => {
    await expect(skillGenerator(tree, { name })).rejects.toThrow(`"${name}" cannot be the name of a skill`);
  });
});

describe('the init generator', () => {
  it('adds the plugin, the .gitignore entries and the packages of skills, once', async () => {
    tree.write('.gitignore', 'node_modules');
    await initGenerator(tree, {});
    const once = tree.listChanges().map(({ path, content }) => [path, content?.toString()]);
    await initGenerator(tree, {});
    expect(tree.listChanges().map(({ path, content }) => [path, content?.toString()])).toEqual(once);
    expect(readNxJson(tree)?.plugins).toEqual(['@odoobo/nx-skills']);
    expect(tree.read('.gitignore', 'utf8')).toMatch(/^node_modules\n\n[\s\S]*\.local-platform\/\n/);
    // Nx would find every project a second time there.
    expect(tree.read('.gitignore', 'utf8')).toMatch(/^\.worktrees\/\n\.claude\/worktrees\/\n/m);
  });

  it('declares the packages of skills, in the versions that the workspace already has', async () => {
    tree.write('package.json', JSON.stringify({ dependencies: { zod: '4.0.0' } }));
    tree.write('node_modules/nx/package.json', JSON.stringify({ version: '23.2.1' }));
    await initGenerator(tree, {});
    const { dependencies, devDependencies } = readJson(tree, 'package.json');
    expect(dependencies).toEqual({ '@odoobo/skill-kit': expect.stringMatching(/^\^/), zod: '4.0.0' });
    expect(Object.keys(devDependencies)).toEqual([
      '@nx/devkit',
      '@odoobo/local-platform',
      '@types/node',
      'esbuild',
      'typescript',
      'vitest',
    ]);
    expect(devDependencies['@nx/devkit']).toBe('23.2.1');
  });

  it('declares no package of the workspace itself', async () => {
    tree.write('package.json', JSON.stringify({ workspaces: ['tools/*'] }));
    tree.write('tools/kit/package.json', JSON.stringify({ name: '@odoobo/skill-kit' }));
    await initGenerator(tree, {});
    expect(readJson(tree, 'package.json').dependencies).not.toHaveProperty('@odoobo/skill-kit');
  });

  it('adds nothing to .gitignore that is already there, with or without a slash', async () => {
    tree.write('.gitignore', 'dist\nout-tsc/\n');
    await initGenerator(tree, {});
    expect(tree.read('.gitignore', 'utf8')).not.toMatch(/^(dist\/|out-tsc)$/m);
    expect(tree.read('.gitignore', 'utf8')).toContain('.local-platform/');
  });

  it('adds nothing to .gitignore where all of .nx is ignored', async () => {
    tree.write('.gitignore', '.nx\n');
    await initGenerator(tree, {});
    expect(tree.read('.gitignore', 'utf8')).not.toContain('.nx/skills');
    tree.write('.gitignore', '.nx/cache\n');
    await initGenerator(tree, {});
    expect(tree.read('.gitignore', 'utf8')).toContain('\n/.nx/skills/\n');
  });

  it.each(['20.8.4', '25.0.0'])('refuses Nx %s in one sentence', (version) => {
    expect(() => checkNxVersion(version)).toThrow(
      /^@odoobo\/nx-skills works with Nx 21 to 24, but this workspace has Nx 2\d\.\d\.\d: nothing was added to nx\.json\.$/,
    );
  });

  it.each([
    ['12.0.0', '', 'allowBuilds:\n  esbuild: true\n'],
    ['12.0.0', '# ours\nallowBuilds:\n  nx: true\n', '# ours\nallowBuilds:\n  nx: true\n  esbuild: true\n'],
    ['12.0.0', 'allowBuilds:\n  esbuild: false\n', 'allowBuilds:\n  esbuild: false\n'],
    ['12.0.0', 'allowBuilds:\n  esbuild: set this to true or false\n', 'allowBuilds:\n  esbuild: true\n'],
    ['12.0.0', '- not settings\n', '- not settings\n'],
    ['10.0.0', '', null],
  ])('lets pnpm %s run the install script of esbuild: %j', async (version, before, after) => {
    const folder = await tempDirectory();
    await writeFile(join(folder, 'pnpm-lock.yaml'), '');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ packageManager: `pnpm@${version}` }));
    tree = new FsTree(folder, false);
    if (before !== '') tree.write('pnpm-workspace.yaml', before);
    await initGenerator(tree, {});
    expect(tree.read('pnpm-workspace.yaml', 'utf8')).toBe(after);
  });

  it('keeps the existing options of the plugin', async () => {
    tree.write(
      'nx.json',
      JSON.stringify({ plugins: [{ plugin: '@odoobo/nx-skills', include: ['skills/**'] }] }),
    );
    await initGenerator(tree, {});
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@odoobo/nx-skills', include: ['skills/**'] }]);
  });
});
