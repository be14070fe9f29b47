import { execa } from 'execa';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { until } from './support/poll.js';
import { odooboPath, outerEnvironment, Workspace } from './support/workspace.js';

// The command `odoobo`, in a workspace that has no Nx.

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({
    orders: { manifest: { dependencies: ['till'] } },
    till: {},
    other: {},
  });
  await workspace.remove('nx.json');
  await workspace.commit('without Nx');
});
afterAll(() => workspace.close());

async function odoobo(
  args: string[],
  folder = workspace.root,
): Promise<{ exitCode: number; output: string }> {
  const { exitCode = -1, all } = await execa(process.execPath, [odooboPath, ...args], {
    cwd: folder,
    env: { ...outerEnvironment(), ...workspace.env },
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { exitCode, output: all };
}

it('builds a skill and what it depends on, deploys them in order, and then changes nothing', async () => {
  const first = await odoobo(['deploy', 'orders']);
  expect(first).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('2 skills: 2 created.') as unknown,
  });
  const live = (await workspace.apps()).sort((a, b) =>
    String(a.created_at) < String(b.created_at) ? -1 : 1,
  );
  expect(live.map(({ spec }) => spec.name)).toEqual(['till', 'orders']);
  const again = await odoobo(['deploy'], join(workspace.root, 'skills/till'));
  expect(again).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('Nothing to deploy: 1 skill is already up to date.') as unknown,
  });
});

atNight(() => {
  it('refuses what it does not know, with a suggestion, and runs nothing', async () => {
    const wrong = [['depoly'], ['deploy', '--smokTest'], ['deploy', 'ordres'], ['deploy', '--timeout=0']];
    const runs = await Promise.all(wrong.map((args) => odoobo(args)));
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
    expect(runs.map(({ output }) => output.split('\n')[0])).toEqual([
      `odoobo: Unknown command 'depoly'. Did you mean deploy?`,
      `odoobo: Unknown option '--smok-test'. Did you mean --smoke-test?`,
      'odoobo: There is no skill "ordres". Did you mean "orders"?',
      'odoobo: --timeout: Too small: expected number to be >=1.',
    ]);
  });

  it('names no command of Nx where the App Spec is missing', async () => {
    await workspace.remove('infra/do-gradient/other/app-spec.yaml');
    const { exitCode, output } = await odoobo(['plan', 'other', '--only']);
    expect(exitCode).toBe(1);
    expect(output).toContain('Write one there, or name another file in the manifest ("appSpec").');
    expect(output).not.toMatch(/\bnx\b/);
  });
});

it('finds each example with a skill valid', async () => {
  const examples = join(import.meta.dirname, '../../../examples');
  // The applications of App Platform have no skill.
  const names = (await readdir(examples)).filter((name) => name !== 'app-platform');
  const folders = names.map((name) => join(examples, name));
  const runs = await Promise.all(folders.map((folder) => workspace.checkout(folder).warm(['validate'])));
  expect(runs.map(({ output }) => output.trim())).toEqual([
    'orders is valid',
    'orders is valid',
    'readability is valid',
    'orders is valid\nprices is valid',
  ]);
});

it('runs one in development, and restarts it after a change', async () => {
  const port = 28_129;
  const run = execa(process.execPath, [odooboPath, 'serve', 'other', `--port=${port}`], {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env },
    extendEnv: false,
    reject: false,
  });
  const answers = (text: string) =>
    until(`it answers ${text}`, async () => {
      const reply = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return reply && (await reply.text()) === text;
    });
  await answers('hello');
  await workspace.change('other', { says: 'changed' });
  await answers('changed');
  run.kill('SIGTERM');
  expect((await run).exitCode).toBe(0);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

atNight(() => {
  it("refuses a workspace of Yarn's Plug'n'Play, and says what to do", async () => {
    await workspace.write('.pnp.cjs', '');
    const { exitCode, output } = await odoobo(['deploy', 'orders']);
    await workspace.remove('.pnp.cjs');
    expect(exitCode).toBe(1);
    expect(output).toContain(
      'Write `nodeLinker: node-modules` (or pnpm) into .yarnrc.yml, then run: yarn install',
    );
  });

  it('says where it can be used', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'no-repository-')));
    try {
      expect(await odoobo(['deploy'], folder)).toEqual({
        exitCode: 1,
        output: `odoobo: ${folder} is in no git repository. Run this in a folder of your workspace, or make it one: git init`,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
