import { type AppSpec, markKey } from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

let workspace: Workspace;
/** App Platform's stand-in. */
let cloud: Platform;

beforeAll(async () => {
  const spec = 'domains: [{ domain: shop.example.com, type: PRIMARY }]';
  const service = 'envs:\n  - { key: API_KEY, type: SECRET, scope: RUN_TIME }';
  workspace = await Workspace.create({ shop: {}, till: {}, old: { spec, service }, before: {} });
  await workspace.setUp(['deploy'], { API_KEY: 'sesame' });
  // Others deploy the same images there.
  const images = join(workspace.root, '.local-platform/images');
  await cp(images, join(workspace.root, '.local-platform/cloud/images'), { recursive: true });
  cloud = await startPlatform({ directory: join(workspace.root, '.local-platform/cloud') });
  await workspace.setUp(['deploy', 'till', '--preview=7']);
  for (const gone of ['before', 'old'])
    await workspace.git('rm', '-rq', `skills/${gone}`, `infra/do-gradient/${gone}`);
  await workspace.writeSkill('after', {});
  await workspace.commit('One is renamed, one deleted');
}, 120_000);
afterAll(async () => {
  await cloud.close();
  await workspace.close();
});

async function nxSkills(args: string[], env: Record<string, string> = {}, cwd = workspace.root) {
  const cli = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
  const { exitCode, all } = await execa('node', [cli, ...args], {
    cwd,
    env: { ...outerEnvironment(), ...workspace.env, ...env },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, all };
}

const production = ['-c', 'production'];
const token = () => ({ DIGITALOCEAN_ACCESS_TOKEN: cloud.token, DIGITALOCEAN_API_URL: cloud.url });

async function names(): Promise<string[]> {
  return (await workspace.apps()).map(({ spec }) => spec.name).sort();
}

describe('the app of a deleted skill', () => {
  atNight(() => {
    it('is in the plan of all, with its cost and what to do; not in that of some', async () => {
      const { exitCode, output } = await workspace.nx(['run-many', '-t', 'plan']);
      expect(exitCode).toBe(0);
      expect(output).toMatch(/- before +skill deleted +\$5\.00 a month\n/);
      expect(output).toMatch(/- old +skill deleted +\$5\.00 a month\n/);
      expect(output).toContain('3 skills: 1 to create, 2 unchanged. ');
      expect(output).toContain(
        '2 apps are left whose skills were deleted. See what would be deleted with them, and delete them: npx nx-skills orphans\n',
      );
      expect(output).not.toContain('till-pr-7');
      expect((await workspace.nx(['plan', 'shop'])).output).not.toContain('skill deleted');
      const { all } = await nxSkills(['plan', '--markdown']);
      expect(all).toMatch(/\| old \| 🗑️ nothing: its skill was deleted \| \$5\.00 a month \|/);
    });
  });

  it('is shown with what would go with it, and no value of a secret', async () => {
    const { exitCode, all } = await nxSkills(['orphans']);
    expect(exitCode).toBe(0);
    expect(all).toMatch(
      / {2}old +live +\$5\.00 a month +http:\S+\n {6}domain shop\.example\.com\n {6}secret API_KEY\n/,
    );
    expect(all).toContain('npx nx-skills orphans --delete');
    expect(all).not.toContain('sesame');
    expect(await names()).toEqual(['before', 'old', 'shop', 'till', 'till-pr-7']);
  });

  atNight(() => {
    it('is still known where the skill is on another branch, in a worktree or left out of the checkout', async () => {
      const tree = `${workspace.root}-worktrees/has-old`;
      await workspace.git('worktree', 'add', '-q', '-b', 'has-old', tree, 'HEAD~1');
      expect((await nxSkills(['orphans'])).all).toContain('There is no app of a deleted skill on');
      await workspace.git('worktree', 'remove', '--force', tree);
      await workspace.git('sparse-checkout', 'set', '--cone', 'skills/shop');
      const { all } = await nxSkills(['orphans']);
      await workspace.git('sparse-checkout', 'disable');
      expect(all).not.toMatch(/^ {2}till /m);
      expect(all).toMatch(/^ {2}old /m);
    });
  });

  it('is deleted by --delete, and nothing else is, as often as one likes', async () => {
    const { exitCode, all } = await nxSkills(['orphans', '--delete']);
    expect(exitCode).toBe(0);
    expect(all).toMatch(
      /^Deleted before from .+\.\nDeleted old from .+, with domain shop\.example\.com, secret API_KEY\.$/,
    );
    expect(await names()).toEqual(['shop', 'till', 'till-pr-7']);
    expect(
      (await execa('git', ['for-each-ref', '--format=%(refname)', 'refs/deployed'], { cwd: workspace.root }))
        .stdout,
    ).toBe('refs/deployed/local/shop\nrefs/deployed/local/till');
    const again = await nxSkills(['orphans', '--delete']);
    expect(again).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining('There is no app of a deleted skill on'),
    });
  });
});

describe('an app is left alone', () => {
  /** Creates an app as another deployer would. */
  async function make(name: string, mark: object | undefined): Promise<void> {
    const envs = mark && [
      { key: markKey, value: JSON.stringify({ write: '1', artefact: 'a', skill: name, ...mark }) },
    ];
    const [first] = await workspace.apps();
    const spec: AppSpec = { ...first?.spec, name, envs: envs ?? [] };
    const reply = await fetch(`${cloud.url}/v2/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cloud.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ spec }),
    });
    expect(reply.status).toBe(200);
  }

  it('if someone else, another repository or another branch created it: only ours is deleted, in production too', async () => {
    const git = async (...args: string[]) => (await execa('git', args, { cwd: workspace.root })).stdout;
    const repository = await git('rev-list', '--max-parents=0', 'HEAD');
    await workspace.git('switch', '-q', '-c', 'other');
    await workspace.writeSkill('new', {});
    await workspace.commit('New');
    const commit = await git('rev-parse', 'HEAD');
    await workspace.git('switch', '-q', 'main');
    await make('by-hand', undefined);
    await make('of-others', { repository: 'f'.repeat(40) });
    await make('new', { repository, commit });
    await make('shop', { repository });
    await make('shop-pr-7', { repository, skill: 'shop', preview: 7 });
    await make('old', { repository });
    const { exitCode, all } = await nxSkills(['orphans', '--delete', ...production], token());
    expect(all).toMatch(
      /^new was kept: this branch never had the skill "new"\. .*\nDeleted old from App Platform.*\.$/,
    );
    expect(exitCode).toBe(0);
  });

  it('if the repository of the checkout is unknown', async () => {
    const shallow = `${workspace.root}-worktrees/shallow`;
    await execa('git', ['clone', '-q', '--depth=1', `file://${workspace.root}`, shallow]);
    const { exitCode, all } = await nxSkills(['orphans', '--delete', ...production], token(), shallow);
    expect(exitCode).toBe(1);
    expect(all).toContain('Fetch the whole history: git fetch --unshallow');
  });
});
