import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

const longName = 'a-skill-with-a-long-long-name-xy';
const shortened = 'a-skill-with-a-long-da9d44-pr-7';

let workspace: Workspace;

beforeAll(async () => {
  const spec = 'domains: [{ domain: shop.example.com }]\nalerts: [{ rule: DEPLOYMENT_FAILED }]';
  workspace = await Workspace.create({
    shop: { behaviour: { says: 'live' }, spec },
    [longName]: {},
    'shop-pr-8': { behaviour: { says: 'a skill that is called so' } },
  });
  await workspace.setUp(['deploy', 'shop', 'shop-pr-8']);
});
afterAll(() => workspace.close());

/** The answer of the app with that name; undefined if there is none. */
async function answerOf(name: string): Promise<string | undefined> {
  const app = (await workspace.apps()).find(({ spec }) => spec.name === name);
  return app?.live_url && (await fetch(app.live_url)).text();
}

/** Runs `nx-skills previews`, after the repository was renamed. */
async function previews(...options: string[]): Promise<{ exitCode: number | undefined; all: string }> {
  const cli = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
  const { exitCode, all } = await execa('node', [cli, 'previews', ...options], {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env, GITHUB_REPOSITORY: 'acme/renamed' },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, all };
}

/** The records of the skills' own apps. */
async function ownRecords(): Promise<unknown> {
  return [
    await workspace.read('WORKTREE_STATUS.json'),
    await workspace.read('WORKTREE_STATUS.journal.jsonl'),
    (await execa('git', ['for-each-ref'], { cwd: workspace.root })).stdout,
  ];
}

it("deploys a separate app next to the skill's own, which keeps serving unchanged", async () => {
  const before = await ownRecords();
  await workspace.change('shop', { says: 'preview' });
  const args = ['run-many', '-t', 'deploy', '-p', `shop,${longName}`, '--preview=7', '--smokeTest'];
  const { exitCode, output } = await workspace.nx(args, { GITHUB_REPOSITORY: 'acme/shop' });
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/Deploying 2 skills to the local platform \(\S+\), as previews of pull request 7/);
  expect(output).toContain('2 skills: 2 created.');
  expect(await answerOf('shop')).toBe('live');
  expect(await answerOf('shop-pr-7')).toBe('preview');
  expect(await answerOf(shortened)).toBe('hello');
  const { spec } = (await workspace.apps()).find((app) => app.spec.name === 'shop-pr-7') ?? {};
  expect(spec).not.toHaveProperty('domains');
  expect(spec).not.toHaveProperty('alerts');
  expect(await ownRecords()).toEqual(before);
});

atNight(() => {
  it('leaves an app alone that is named like a preview but is not one', async () => {
    const { exitCode, output } = await workspace.nx(['deploy', 'shop', '--preview=8']);
    expect(exitCode).toBe(1);
    expect(output).toContain(
      'the app "shop-pr-8" is not a preview of pull request 8 of this repository, so it was not changed.',
    );
    expect(await previews('--pull-request=8', '--delete')).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining('There is no preview of pull request 8 on the local platform'),
    });
    expect(await answerOf('shop-pr-8')).toBe('a skill that is called so');
  });

  it('shows them with what they cost, and deletes them and nothing else, as often as one likes', async () => {
    const shown = await previews('--pull-request=7');
    expect(shown.all).toMatch(/shop-pr-7 +live +\$5\.00 a month +http:/);
    const { all: markdown } = await previews('--pull-request=7', '--markdown');
    expect(markdown).toMatch(/\| \[shop-pr-7\]\(http:\S+\) \| ✅ live \| \$5\.00 a month \|/);

    const deleted = await previews('--pull-request=7', '--delete');
    expect(deleted).toMatchObject({ exitCode: 0 });
    expect(deleted.all).toMatch(new RegExp(`^Deleted ${shortened} from .*\nDeleted shop-pr-7 from `));
    expect((await workspace.apps()).map(({ spec }) => spec.name).sort()).toEqual(['shop', 'shop-pr-8']);
    expect(await answerOf('shop')).toBe('live');
    expect(existsSync(join(workspace.root, '.nx/skills/previews/local/pr-7'))).toBe(false);
    expect((await previews('--pull-request=7', '--delete')).all).toContain(
      'There is no preview of pull request 7',
    );
  });
});
