import { readJson, readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parseAppSpec } from '@odoobo/app-platform/spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../../manifest/manifest.js';
import initGenerator from '../init/generator.js';
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

  it('keeps the existing options of the plugin', async () => {
    tree.write(
      'nx.json',
      JSON.stringify({ plugins: [{ plugin: '@odoobo/nx-skills', include: ['skills/**'] }] }),
    );
    await initGenerator(tree, {});
    expect(readNxJson(tree)?.plugins).toEqual([{ plugin: '@odoobo/nx-skills', include: ['skills/**'] }]);
  });
});
