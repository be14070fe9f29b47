import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serviceSource } from './support/service.js';
import { type NxRun, Workspace } from './support/workspace.js';

// A live version is replaced only by a version that contains it, on this machine's platform too.
let workspace: Workspace;
/** The commit that each test begins with. */
let first: string;

/** Two skills that are built from one library. */
beforeAll(async () => {
  workspace = await Workspace.create({ shop: {}, till: {} });
  const nxJson = JSON.parse(await workspace.read('nx.json')) as object;
  const pluginsConfig = { '@nx/js': { analyzeSourceFiles: true } };
  await workspace.write('nx.json', JSON.stringify({ ...nxJson, pluginsConfig }));
  await workspace.write('libs/kit/project.json', '{ "name": "kit" }');
  await workspace.write('libs/kit/kit.js', 'export const kit = 1;\n');
  for (const skill of ['shop', 'till']) await says(skill, 'first');
  await workspace.commit('share a library');
  first = await revision('HEAD');
});
afterEach(begin);
afterAll(() => workspace.close());

/** Resets everything as if nothing had been deployed, except the platform, which keeps running. */
async function begin(): Promise<void> {
  await workspace.git('switch', '-q', '--discard-changes', '-C', 'main', first);
  await workspace.git('clean', '-qfd');
  for (const ref of await otherRefs()) await workspace.git('update-ref', '-d', ref);
  for (const { id } of await workspace.apps()) await workspace.api(`/apps/${id}`, 'DELETE');
  for (const record of ['WORKTREE_STATUS.json', 'WORKTREE_STATUS.journal.jsonl'])
    await workspace.remove(record);
}

async function otherRefs(): Promise<string[]> {
  const { stdout } = await execa('git', ['for-each-ref', '--format=%(refname)'], { cwd: workspace.root });
  return stdout.split('\n').filter((ref) => ref !== 'refs/heads/main');
}

async function says(skill: string, text: string): Promise<void> {
  const library = `import { kit } from '../../../libs/kit/kit.js';\nconsole.log(kit);\n`;
  await workspace.write(`skills/${skill}/src/main.js`, `${library}${serviceSource({ says: text })}`);
}

async function release(skill: string, version: string): Promise<string> {
  const manifest = JSON.parse(await workspace.read(`skills/${skill}/skill.json`)) as object;
  await workspace.write(`skills/${skill}/skill.json`, JSON.stringify({ ...manifest, version }));
  await says(skill, version);
  await workspace.commit(`Release ${skill} ${version}`);
  return revision('HEAD');
}

function deploy(skills: string, ...options: string[]): Promise<NxRun> {
  return workspace.nx(['run-many', '-t', 'deploy', '-p', skills, ...options]);
}

async function deployed(skills: string, ...options: string[]): Promise<string> {
  const { exitCode, output } = await deploy(skills, ...options);
  expect(exitCode, output).toBe(0);
  return output;
}

async function answer(skill: string): Promise<string> {
  const [app] = (await workspace.apps()).filter(({ spec }) => spec.name === skill);
  return (await fetch(app?.live_url ?? '')).text();
}

async function revision(ref: string): Promise<string> {
  const found = await execa('git', ['rev-parse', '--verify', '--quiet', ref], {
    cwd: workspace.root,
    reject: false,
  });
  return found.stdout;
}

describe('an older commit', () => {
  it('replaces no newer one unless --allow-older is given; plan says so, and the record of what is live stays', async () => {
    const newer = await release('shop', '0.2.0');
    await deployed('shop');
    await workspace.git('switch', '-q', '--detach', 'HEAD~1');
    const older = await revision('HEAD');

    const { exitCode, output } = await deploy('shop');
    expect(exitCode).toBe(1);
    expect(output).toContain('reason: OlderThanLive');
    expect(output).toContain(
      `the live deployment is version 0.2.0 of commit ${newer.slice(0, 12)} ("Release shop 0.2.0"), shipped by`,
    );
    expect(output).toContain(`which is newer than commit ${older.slice(0, 12)}`);
    expect(output).toContain('they differ in skills/shop/skill.json, skills/shop/src/main.js');
    expect(output).toContain('npx nx deploy shop --allow-older');
    expect(await answer('shop')).toBe('0.2.0');
    expect(await revision('refs/deployed/local/shop')).toBe(newer);
    const plan = await workspace.nx(['plan', 'shop']);
    expect(plan.output).toMatch(
      /deploy refuses this: the live deployment is version 0\.2\.0 .* which is newer than/,
    );

    expect(await deployed('shop', '--allow-older')).toContain('1 skill: 1 updated.');
    expect(await answer('shop')).toBe('first');
    expect(await revision('refs/deployed/local/shop')).toBe(older);
  });

  it('with the same content is the same version, and moves no record back', async () => {
    await deployed('shop');
    await workspace.write('README.md', 'more');
    await workspace.commit('say more');
    expect(await deployed('shop')).toContain('Nothing to deploy');
    const newer = await revision('HEAD');
    await workspace.git('switch', '-q', '--detach', 'HEAD~1');
    expect(await deployed('shop')).toContain('Nothing to deploy');
    expect(await revision('refs/deployed/local/shop')).toBe(newer);
  });
});

describe('another branch', () => {
  it('that touches a shared library does not take back what is live from its own branch', async () => {
    await workspace.git('switch', '-qc', 'skill/shop');
    await release('shop', '0.4.0');
    await deployed('shop');
    await workspace.git('switch', '-q', 'main');
    await workspace.git('switch', '-qc', 'skill/till');
    await workspace.write('libs/kit/kit.js', 'export const kit = 2;\n');
    await release('till', '0.2.0');

    const { exitCode, output } = await deploy('shop,till');
    expect(exitCode).toBe(1);
    expect(output).toContain('2 skills: 1 failed, 1 created.');
    expect(output).toContain('reason: DivergedFromLive');
    expect(output).toMatch(/skill\/till at \w+ does not contain it: its changes in skills\/shop\/skill.json/);
    expect(await answer('shop')).toBe('0.4.0');
    expect(await answer('till')).toBe('0.2.0');

    await workspace.git('merge', '-q', '--no-edit', 'skill/shop');
    expect(await deployed('shop')).toContain('1 skill: 1 updated.');
  });
});

describe('a branch that has landed', () => {
  beforeEach(async () => {
    await workspace.git('switch', '-qc', 'skill/shop');
    await release('shop', '0.2.0');
    await release('shop', '0.3.0');
    await deployed('shop');
    await workspace.git('switch', '-q', 'main');
    await release('till', '0.5.0');
  });

  const landings: [string, () => Promise<void>][] = [
    [
      'by a squash',
      async () => {
        await workspace.git('merge', '-q', '--squash', 'skill/shop');
        await workspace.git('commit', '-qm', 'squashed');
      },
    ],
    [
      'by a rebase',
      async () => {
        await workspace.git('rebase', '-q', 'main', 'skill/shop');
        await workspace.git('switch', '-q', 'main');
        await workspace.git('merge', '-q', '--ff-only', 'skill/shop');
      },
    ],
  ];

  it.each(landings)(
    '%s is contained in what comes after it, also when its commit is gone',
    async (_, land) => {
      await land();
      await workspace.git('branch', '-qD', 'skill/shop');
      await says('shop', 'after it landed');
      await workspace.commit('go on');
      expect(await deployed('shop')).toContain('1 skill: 1 updated.');
      expect(await answer('shop')).toBe('after it landed');
    },
  );

  it('is found by its content when its commit is gone', async () => {
    await landings[0]?.[1]();
    await forget();
    await says('shop', 'after it landed');
    await workspace.commit('go on');
    expect(await deployed('shop')).toContain('1 skill: 1 updated.');
  });

  it('is not guessed when neither its commit nor its content is here', async () => {
    const gone = await revision('skill/shop');
    await forget();
    const { exitCode, output } = await deploy('shop');
    expect(exitCode).toBe(1);
    expect(output).toContain('reason: LiveNotFound');
    expect(output).toContain(`the live deployment is commit ${gone.slice(0, 12)}`);
    expect(output).toMatch(/no ancestor of main at \w+ has the live version of skills\/shop/);
    expect(output).toContain('npx nx deploy shop --allow-older');
    expect(await answer('shop')).toBe('0.3.0');
    expect(await deployed('shop', '--allow-older')).toContain('1 skill: 1 updated.');
  });

  /** Deletes the branch and everything that keeps its commits. */
  async function forget(): Promise<void> {
    await workspace.git('branch', '-qD', 'skill/shop');
    await workspace.git('update-ref', '-d', 'refs/deployed/local/shop');
    await workspace.git('reflog', 'expire', '--expire=now', '--all');
    await workspace.git('gc', '-q', '--prune=now');
  }
});

describe('uncommitted changes', () => {
  it('go live here without a warning, and are replaced by what comes after them', async () => {
    await deployed('shop');
    await says('shop', 'not committed');
    const output = await deployed('shop');
    expect(output).toContain('1 skill: 1 updated.');
    expect(output).not.toContain('!');
    await says('shop', 'more');
    await workspace.commit('more');
    expect(await deployed('shop')).toContain('1 skill: 1 updated.');
    expect(await answer('shop')).toBe('more');
    // A commit may be amended while it is live.
    await says('shop', 'amended');
    await workspace.git('commit', '-q', '-a', '--amend', '-m', 'amended');
    expect(await deployed('shop')).toContain('1 skill: 1 updated.');
    expect(await answer('shop')).toBe('amended');
  });

  it('that are live count as changed until a commit is live again, and others are not touched by them', async () => {
    await deployed('shop,till');
    await says('shop', 'not committed');
    await workspace.write('notes.txt', 'for nobody');
    await deployed('shop,till');
    expect(await workspace.status('shop')).toMatchObject({ dirty: true });
    expect(await workspace.status('till')).toMatchObject({ dirty: false });
    await workspace.git('restore', 'skills/shop');
    const { output } = await workspace.nx(['run-many', '-t', 'plan', '--since-deployed']);
    expect(output).toContain('since it was live: unknown, it was deployed with uncommitted changes');
    expect(output.match(/since \w+ was live: no change/g)).toHaveLength(1);
    expect(await affected()).toContain('1 updated');
    expect(await answer('shop')).toBe('first');
    expect(await revision('refs/deployed/local/shop')).toBe(await revision('HEAD'));
  });

  async function affected(): Promise<string> {
    const command = new URL('../../nx-skills/bin/nx-skills.js', import.meta.url).pathname;
    const { stdout: base } = await execa('node', [command, 'base'], { cwd: workspace.root });
    return (await workspace.nx(['affected', '-t', 'deploy', `--base=${base}`])).output;
  }
});
