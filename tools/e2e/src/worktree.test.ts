import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { ownState } from './support/own-state.js';
import { type NxRun, Workspace } from './support/workspace.js';

let workspace: Workspace;
let base: string;
/** A person's work in each checkout, by its path. */
const inHand = new Map<string, string[]>();

beforeAll(async () => {
  workspace = await Workspace.create({
    alpha: {},
    beta: { manifest: { dependencies: ['alpha'] } },
    gamma: {},
  });
  base = `${workspace.root}-worktrees`;
  await takeInHand(workspace);
});

/** Creates a stash, a file with staged and unstaged changes, and a new file. */
async function takeInHand(checkout: Workspace): Promise<void> {
  await checkout.write('nx.json', `${await checkout.read('nx.json')}\n`);
  await checkout.git('stash');
  await checkout.write('staged.txt', 'staged');
  await checkout.git('add', 'staged.txt');
  await checkout.write('staged.txt', 'changed again');
  await checkout.write('new.txt', 'new');
  inHand.set(checkout.root, await ownState(checkout.root));
}

// Whatever ran, a person's work is unchanged.
afterEach(async () => {
  for (const [checkout, state] of inHand) expect(await ownState(checkout)).toEqual(state);
});
afterAll(async () => {
  await workspace.close();
  await rm(base, { recursive: true, force: true });
});

function worktree(skills: string, ...options: string[]): Promise<NxRun> {
  return workspace.nx(['run-many', '-t', 'worktree', '-p', skills, ...options]);
}

it('gives each skill a worktree beside the workspace, and keeps them the second time', async () => {
  const made = await worktree('alpha,beta');
  expect(made.output).toMatch(new RegExp(`alpha +created +skill/alpha +${base}/alpha\n`));
  expect(made.output).toContain('2 skills: 2 created.');
  expect(made.exitCode).toBe(0);
  expect(await workspace.status('alpha')).toMatchObject({ branch: 'skill/alpha', worktree: `${base}/alpha` });
  expect((await worktree('alpha,beta')).output).toContain('2 skills: 2 kept.');
});

it('deploys what a worktree holds, to the one platform of all checkouts', async () => {
  const alpha = workspace.checkout(`${base}/alpha`);
  await alpha.change('alpha', { says: 'from the worktree' });
  await alpha.commit('work on alpha');
  const { exitCode, output } = await alpha.nx(['deploy', 'alpha']);
  expect(output).toContain('1 created');
  expect(exitCode).toBe(0);
  const status = await workspace.status('alpha');
  expect(status).toMatchObject({ branch: 'skill/alpha', worktree: `${base}/alpha`, status: 'completed' });
  expect(await (await fetch(status['url'] ?? '')).text()).toBe('from the worktree');
  // Only its Nx cache is its own. All checkouts share platform, status, journal and logs.
  expect((await readdir(alpha.root)).filter((name) => !existsSync(join(workspace.root, name)))).toEqual([]);
  expect(existsSync(join(alpha.root, '.nx/cache'))).toBe(true);
  for (const shared of ['.local-platform', 'WORKTREE_STATUS.json', 'logs']) {
    expect(existsSync(join(alpha.root, shared))).toBe(false);
  }
  inHand.clear();
  await takeInHand(alpha);
  inHand.set(workspace.root, await ownState(workspace.root));
});

atNight(() => {
  it('shows and restores what runs there, despite uncommitted changes', async () => {
    const alpha = workspace.checkout(`${base}/alpha`);
    await alpha.change('alpha', { says: 'not committed' });
    inHand.set(alpha.root, await ownState(alpha.root));
    const deploy = await alpha.nx(['deploy', 'alpha']);
    expect(deploy.output).toContain('1 updated');
    const targets = 'validate,plan,healthcheck,smoke-test,logs';
    expect(await alpha.nx(['run-many', '-t', targets, '-p', 'alpha'])).toMatchObject({ exitCode: 0 });
    const { output } = await alpha.nx(['rollback', 'alpha']);
    expect(output).toContain('1 rolled back');
    const { url = '' } = await workspace.status('alpha');
    expect(await (await fetch(url)).text()).toBe('from the worktree');
  });

  it('shares no cache between checkouts: the same task runs in each', async () => {
    const beta = workspace.checkout(`${base}/beta`);
    for (const checkout of [beta, workspace]) {
      expect((await checkout.nx(['build', 'beta'])).output).toContain('0/1 hit');
    }
    const [here, there] = await Promise.all(
      [workspace.root, beta.root].map((root) =>
        readFile(join(root, 'skills/beta/dist/image/index.json'), 'utf8'),
      ),
    );
    expect(there).toBe(here);
  });

  it('lists how branches and worktrees stand', async () => {
    await workspace.checkout(`${base}/beta`).write('skills/beta/new.txt', 'new');
    const { exitCode, output } = await worktree('alpha,beta,gamma', '--list');
    expect(output).toMatch(new RegExp(`alpha +skill/alpha +1 +0 +3 +no +${base}/alpha\n`));
    expect(output).toMatch(new RegExp(`beta +skill/beta +0 +0 +1 +yes +${base}/beta\n`));
    expect(output).toMatch(/gamma +- +- +- +- +- +-\n/);
    expect(exitCode).toBe(0);
  });
});

it('removes only what is merged and clean, and says what the others contain', async () => {
  await rm(join(base, 'beta/skills/beta/new.txt'), { force: true });
  const { exitCode, output } = await worktree('alpha,beta', '--remove');
  expect(output).toContain('1 commit not in main. See: git log main..skill/alpha. Land: npx nx merge alpha');
  expect(output).toContain('2 skills: 1 failed, 1 removed.');
  expect(exitCode).not.toBe(0);
  expect(await readdir(base)).toEqual(['alpha']);
  expect(await workspace.status('beta')).not.toHaveProperty('worktree');
});

atNight(() => {
  it('checks out only a skill and its dependencies, if an option says so', async () => {
    const { exitCode } = await worktree('beta', '--sparse');
    expect(exitCode).toBe(0);
    const beta = workspace.checkout(`${base}/beta`);
    expect((await readdir(join(beta.root, 'skills'))).sort()).toEqual(['alpha', 'beta']);
    expect((await readdir(join(beta.root, 'infra/do-gradient'))).sort()).toEqual(['alpha', 'beta']);
    const shown = await beta.nx(['show', 'projects']);
    expect(shown.output.trim().split('\n').sort()).toEqual(expect.arrayContaining(['alpha', 'beta']));
    expect(shown.output).not.toContain('gamma');
  });

  it('gives a worktree what git ignores, and runs what nx.json says, in its own folder', async () => {
    await workspace.git('worktree', 'remove', '--force', `${base}/beta`);
    inHand.clear();
    await workspace.write('.worktreeinclude', '.env.local\n');
    await workspace.write('.git/info/exclude', '.env*\nran.txt\n');
    await workspace.write('skills/beta/.env.local', 'SECRET=1');
    const say = (code: number) =>
      `fs.writeFileSync('ran.txt', ''); console.log('set up'); process.exit(${code})`;
    const configure = async (code: number, carry: string[]) => {
      const options = { carry, postCreate: ['node', '-e', say(code)] };
      const nxJson = JSON.parse(await workspace.read('nx.json')) as object;
      const targetDefaults = { '@odoobo/nx-skills:worktree': { options } };
      await workspace.write('nx.json', JSON.stringify({ ...nxJson, targetDefaults }));
    };
    await configure(3, ['skills/*/.env']);
    await workspace.write('skills/beta/.env', 'SECRET=2');
    const failed = await worktree('beta');
    expect(failed.output).toContain('beta: skills/beta/.env, skills/beta/.env.local: copied from');
    expect(failed.output).toMatch(/failed with exit code 3:\s+set up/);
    expect(failed.exitCode).not.toBe(0);
    await configure(0, ['skills/*/.env']);
    const { output, exitCode } = await worktree('beta');
    expect(output).toMatch(/beta: postCreate: node -e .*\n +set up\n/);
    expect(output).toContain('1 skill: 1 kept.');
    expect(exitCode).toBe(0);
    const beta = workspace.checkout(`${base}/beta`);
    expect(await beta.read('skills/beta/.env')).toBe('SECRET=2');
    expect(await beta.read('ran.txt')).toBe('');
    await beta.write('skills/beta/.env', 'SECRET=mine');
    const kept = await worktree('beta', '--remove');
    expect(kept.output).toContain('ignored by git, with content that exists only here: skills/beta/.env.');
    expect(`${failed.output}${output}${kept.output}`).not.toContain('SECRET');
  });

  it('works with worktrees inside the workspace, whoever has made them', async () => {
    const names = async (checkout: Workspace) =>
      (await checkout.nx(['show', 'projects'])).output.trim().split('\n').sort();
    await workspace.git('worktree', 'add', '-q', '.claude/worktrees/one');
    expect(await names(workspace)).toEqual(['alpha', 'beta', 'gamma', 'workspace']);
    await workspace.git('worktree', 'remove', '.claude/worktrees/one');
    // A project of others: Nx itself finds it in any folder.
    await workspace.write('libs/common/project.json', '{ "name": "common" }');
    await workspace.git('add', 'libs');
    await workspace.git('commit', '-qm', 'common', '--', 'libs');
    inHand.clear();
    const made = await worktree('gamma', '--base-folder=.worktrees');
    expect(made.output).toMatch(
      new RegExp(`gamma +created +skill/gamma +${workspace.root}/.worktrees/gamma\n`),
    );
    const all = ['alpha', 'beta', 'common', 'gamma', 'workspace'];
    const gamma = workspace.checkout(join(workspace.root, '.worktrees/gamma'));
    expect(await names(workspace)).toEqual(all);
    expect(await names(gamma)).toEqual(all);
    const deploy = await gamma.nx(['deploy', 'gamma']);
    expect(deploy.output).toContain('1 created');
    expect(await workspace.status('gamma')).toMatchObject({ worktree: gamma.root, status: 'completed' });
    const removed = await worktree('gamma', '--base-folder=.worktrees', '--remove');
    expect(removed.output).toContain('1 skill: 1 removed.');
  });
});
