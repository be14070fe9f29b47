import { runnerIn } from '@odoobo/machine/package-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import { runLint } from './actionlint.js';
import { cells, nameOf } from './cells.js';
import { publishAll, unseenVersion } from './publish.js';
import { StrangerWorkspace } from './stranger-workspace.js';

// One cell: NIGHTLY=true npx vitest run --root tools/e2e src/strangers -t "Nx 22 with pnpm"

/** Hundreds of packages, some of which have to be downloaded. */
const installMs = 10 * 60_000;

let registry: PackageRegistry;
beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  await publishAll(registry, unseenVersion());
}, installMs);
afterAll(() => registry.close());

describe.each(cells.map((cell) => [nameOf(cell), cell] as const))('%s', (_name, cell) => {
  let workspace: StrangerWorkspace;
  beforeAll(async () => {
    workspace = await StrangerWorkspace.createFor(cell, registry);
  }, installMs);
  // Its creation may have failed.
  afterAll(() => (workspace as StrangerWorkspace | undefined)?.close());

  it('adds the plugin', { timeout: installMs }, async () => {
    await workspace.exec('nx add @odoobo/nx-skills');
    expect(JSON.parse(await workspace.read('nx.json'))).toMatchObject({
      plugins: expect.arrayContaining(['@odoobo/nx-skills']),
    });
    await workspace.commit('Add the plugin');
  });

  it('generates a skill that is valid, tested, typed and in sync', async () => {
    await workspace.exec('nx g @odoobo/nx-skills:skill hello --no-interactive');
    await workspace.commit('Add hello');
    // What the workspace says about targets of its own does not reach ours.
    const { targets } = JSON.parse(await workspace.exec('nx show project hello --json')) as {
      targets: Record<string, object>;
    };
    expect(targets['deploy']).toMatchObject({ cache: false, dependsOn: ['build', '^deploy'] });
    const readme = await workspace.read('skills/hello/README.md');
    expect(readme).toContain(`${runnerIn(workspace.root)} nx deploy hello`);
    expect(await workspace.exec('nx validate hello')).toContain('hello is valid');
    expect(await workspace.exec('nx test hello')).toContain('1 passed');
    await workspace.exec('nx typecheck hello');
    await workspace.exec('nx sync:check');
  });

  it('deploys it, and afterwards what a commit affects, from a clean working tree', async () => {
    expect(await workspace.exec('nx deploy hello --smokeTest')).toContain('1 created');
    expect(await workspace.status()).toBe('');
    const source = await workspace.read('skills/hello/src/skill.ts');
    await workspace.write('skills/hello/src/skill.ts', source.replace('words: text', 'words: 1 + text'));
    await workspace.commit('Count one more');
    expect(await workspace.exec('nx affected -t deploy --base HEAD~1')).toContain('1 updated');
    expect(await workspace.status()).toBe('');
  });

  it('rolls it back', async () => {
    expect(await workspace.exec('nx rollback hello')).toContain('1 rolled back');
  });

  it('generates workflows that actionlint accepts, for its package manager', async () => {
    await workspace.exec('nx g @odoobo/nx-skills:ci');
    for (const name of ['deploy-skills-parallel', 'preview-skills']) {
      const text = await workspace.read(`.github/workflows/${name}.yml`);
      expect(await runLint(text, `${name}.yml`)).toEqual([]);
    }
    const setUp = await workspace.read('.github/actions/setup-skills/action.yml');
    expect(setUp).toMatch(new RegExp(`run: ${cell.manager} (ci|install)`));
  });

  it('removes the plugin again, and leaves the workspace as it was', { timeout: installMs }, async () => {
    await workspace.exec('local-platform reset --yes');
    const made = ['skills', 'infra', 'logs', 'WORKTREE_STATUS.json', 'WORKTREE_STATUS.journal.jsonl'];
    await workspace.run('rm', ['-r', '.local-platform', ...made]);
    // Whoever deletes a skill deletes its reference, too.
    if (cell.major !== 24) await workspace.run('git', ['checkout', '-q', 'HEAD~2', '--', 'tsconfig.json']);
    await workspace.exec('nx g @odoobo/nx-skills:remove');
    await workspace.commit('Remove the plugin');
    const [first = ''] = (await workspace.run('git', ['log', '--format=%H', '--grep=A workspace'])).split(
      '\n',
    );
    // Yarn's own notes on what is installed, which Nx commits in a new workspace.
    const different = ['diff', first, '--', '.', ':!.yarn/install-state.gz'];
    expect(await workspace.run('git', different)).toBe('');
  });
});
