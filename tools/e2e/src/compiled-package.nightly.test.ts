import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

// A skill that imports a package of the workspace that is compiled: git ignores what is imported.

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ alpha: {} });
  const fmt = {
    name: 'fmt',
    type: 'module',
    exports: './dist/index.js',
    scripts: { build: 'mkdir -p dist && cp index.js dist/index.js' },
  };
  await workspace.write('libs/fmt/package.json', JSON.stringify(fmt));
  const root = { name: 'workspace', private: true, workspaces: ['libs/*', 'skills/*'] };
  await workspace.write('package.json', JSON.stringify(root));
  const alpha = { name: 'alpha', type: 'module', dependencies: { fmt: '*' } };
  await workspace.write('skills/alpha/package.json', JSON.stringify(alpha));
  // As an installation links it.
  await mkdir(join(workspace.root, 'skills/alpha/node_modules'));
  await symlink('../../../libs/fmt', join(workspace.root, 'skills/alpha/node_modules/fmt'));
  const source = await workspace.read('skills/alpha/src/main.js');
  await workspace.write(
    'skills/alpha/src/main.js',
    `import { said } from 'fmt';\nconsole.log(said);\n${source}`,
  );
  await says('first');
});
afterAll(() => workspace.close());

async function says(text: string): Promise<void> {
  await workspace.write('libs/fmt/index.js', `export const said = 'it says ${text}';\n`);
  await workspace.commit(text);
}

const bundle = () => workspace.read('skills/alpha/dist/bundle/src/main.mjs');

describe('is bundled from what the package makes, also after a change of it', () => {
  it('with Nx', async () => {
    const first = await workspace.nx(['build', 'alpha']);
    expect(first.output).not.toContain('git ignores');
    expect(first.exitCode).toBe(0);
    expect(await bundle()).toContain('it says first');
    await says('second');
    await workspace.nx(['affected', '-t', 'build', '--base', 'HEAD~1']);
    expect(await bundle()).toContain('it says second');
  });

  it('without Nx', async () => {
    await says('third');
    const { exitCode, output } = await workspace.odoobo(['build', 'alpha']);
    expect(exitCode, output).toBe(0);
    expect(output).not.toContain('git ignores');
    expect(await bundle()).toContain('it says third');
  });
});
