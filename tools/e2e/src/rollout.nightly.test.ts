import { execa } from 'execa';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { repository } from './support/committed.js';
import { ImageProduction } from './support/image-production.js';
import { until } from './support/poll.js';
import { Traffic } from './support/traffic.js';
import { nxPath, outerEnvironment, Workspace } from './support/workspace.js';

const odoobo = join(repository, 'tools/ship/bin/odoobo.js');

/** Waits for a person, so that what happens meanwhile is the test's. */
const rollout = { steps: [{ weight: 50 }, { approve: true }, { weight: 100, for: '1s' }] };

let workspace: Workspace;
let traffic: Traffic;
let versions = 0;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: '0' }, manifest: { rollout } } });
  await run('deploy');
  traffic = new Traffic((await app()).live_url ?? '');
});
afterAll(async () => {
  await traffic?.stop();
  await workspace.close();
});

function start(command: string, ...options: string[]) {
  return execa(process.execPath, [odoobo, command, 'shop', ...options], {
    cwd: workspace.root,
    env: { NO_COLOR: '1', CI: '' },
    all: true,
    reject: false,
  });
}

async function run(command: string, ...options: string[]): Promise<{ exitCode: number; output: string }> {
  const { exitCode = 1, all } = await start(command, ...options);
  return { exitCode, output: all };
}

async function app() {
  const [only] = await workspace.apps();
  if (!only) throw new Error('There is no app.');
  return only;
}

async function deployments(): Promise<number> {
  const at = `/apps/${(await app()).id}/deployments`;
  return ((await workspace.api(at)) as { meta: { total: number } }).meta.total;
}

async function components(): Promise<string[]> {
  return ((await app()).active_deployment?.spec?.services ?? []).map(({ name }) => name);
}

/** Writes the next version. @returns what it says */
async function nextVersion(): Promise<string> {
  versions += 1;
  await workspace.change('shop', { says: String(versions) });
  return String(versions);
}

/** All users get this answer, and nothing of a rollout is left. */
async function expectLive(says: string): Promise<void> {
  expect(await components()).toEqual(['shop']);
  const { live_url: url = '' } = await app();
  expect(await (await fetch(url)).text()).toBe(says);
}

const whole = ['shop', 'shop-canary', 'shop-router'];

describe('docs/rollouts.md', () => {
  it('runs every command of the page', async () => {
    const script = (program: string) => `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
    await workspace.write('bin/nx', script(nxPath));
    await workspace.write('bin/npx', '#!/bin/sh\nprogram=$1; shift; exec "$program" "$@"\n');
    for (const name of ['nx', 'npx']) await chmod(join(workspace.root, 'bin', name), 0o755);
    const session = await ShellSession.open(workspace.root, {
      ...outerEnvironment(),
      ...workspace.env,
      PATH: `${join(workspace.root, 'bin')}:${process.env['PATH']}`,
    });
    const blocks = await shBlocksOf(repository, 'docs/rollouts.md');
    const next = async (): Promise<string> => {
      const block = blocks.shift();
      if (!block) throw new Error('The page has no more commands.');
      const { exitCode, output } = await session.run(scriptOf(block, () => true));
      expect(exitCode, output).toBe(0);
      return output;
    };
    const first = await nextVersion();
    const approved = await next();
    expect(approved).toMatch(/RolloutWaits[^]*--approve/);
    expect(approved).toMatch(/shop +going +2\/3 +50 %/);
    await expectLive(first);
    await nextVersion();
    await run('deploy');
    expect(await next()).toMatch(/shop +held +2\/3[^]*shop +going +2\/3/);
    expect(await next()).toContain('rolled back');
    await expectLive(first);
    const last = await nextVersion();
    await run('deploy');
    expect(await next()).toContain('updated');
    await expectLive(last);
    const ofPipeline = await nextVersion();
    expect(await next()).toMatch(/waiting[^]*updated/);
    await expectLive(ofPipeline);
    await nextVersion();
    await run('deploy');
    const report = await next();
    expect(report).toMatch(/MEASURE +LIVE +NEW VERSION\n +requests +\d+ +\d+/);
    const written = async (name: string) => readFile(join(workspace.root, name), 'utf8');
    expect(await written('shop.html')).toContain('<h1>shop: both versions</h1>');
    expect(JSON.parse(await written('shop.json'))).toMatchObject({
      skill: 'shop',
      phase: 'going',
      weight: 50,
    });
    await run('rollout', '--abort');
    expect(blocks).toEqual([]);
    await session.close();
  });
});

it('plans what it costs meanwhile, and that a rollout is under way', async () => {
  await nextVersion();
  expect((await run('plan')).output).toMatch(/rolled out in 3 steps, .*approval; \$15\.00 a month meanwhile/);
  await run('deploy');
  expect((await run('plan')).output).toContain('its rollout is under way');
  // Either version may answer.
  for (let times = 0; times < 4; times++) expect((await run('healthcheck')).exitCode).toBe(0);
  const { exitCode, output } = await run('rollout', '--approve', '--abort');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('contradict each other');
});

it('gives way to a newer version, which starts again', async () => {
  const before = (await app()).active_deployment?.id;
  const says = await nextVersion();
  expect((await run('deploy')).output).toContain('RolloutWaits');
  expect((await app()).active_deployment?.id).not.toBe(before);
  expect(await components()).toEqual(whole);
  await run('rollout', '--promote');
  await expectLive(says);
});

it.each(['the start is sent', 'it follows', 'the end is sent'])(
  'is taken up when its deployer is killed where %s',
  async (when) => {
    const says = await nextVersion();
    const before = await deployments();
    if (when === 'the end is sent') {
      await run('deploy');
      await run('rollout', '--approve');
    }
    const killed = start('deploy');
    const count = before + (when === 'the end is sent' ? 2 : 1);
    await until('the write has arrived', async () => (await deployments()) === count);
    if (when === 'it follows')
      await until('the rollout is live', async () => (await components()).length === 3);
    killed.kill('SIGKILL');
    await killed;
    if (when !== 'the end is sent') {
      expect((await run('deploy')).output).toContain('RolloutWaits');
      await run('rollout', '--approve');
    }
    expect((await run('deploy')).exitCode).toBe(0);
    await expectLive(says);
    expect(await deployments()).toBe(before + 2);
  },
);

it('is one rollout where two deploy at once', async () => {
  const says = await nextVersion();
  const before = await deployments();
  await run('build');
  const both = await Promise.all([run('deploy', '--only'), run('deploy', '--only')]);
  for (const { output } of both) expect(output).toContain('RolloutWaits');
  await run('rollout', '--approve');
  const ends = await Promise.all([run('deploy', '--only'), run('deploy', '--only')]);
  for (const { exitCode, output } of ends) expect(exitCode, output).toBe(0);
  await expectLive(says);
  expect(await deployments()).toBe(before + 2);
});

it('changes nothing for users where the canary does not start, and the next version goes out', async () => {
  const before = String(versions);
  await workspace.change('shop', { fault: 'crashes' });
  const { exitCode, output } = await run('deploy');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('no database');
  await expectLive(before);
  const says = await nextVersion();
  await run('deploy');
  await run('rollout', '--approve');
  expect((await run('deploy')).exitCode).toBe(0);
  await expectLive(says);
});

it('has failed no request in all of that', async () => {
  expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThan(100);
});

describe('in production', () => {
  let production: ImageProduction;
  let shop: Workspace;
  const env = { ROLLOUT_KEY: 'the key of a whole team' };

  beforeAll(async () => {
    production = await ImageProduction.start();
    const steps = [{ weight: 50, for: '1s' }];
    shop = await Workspace.create({ shop: { behaviour: { says: 'one' }, manifest: { rollout: { steps } } } });
    await production.runImageOf('shop', shop);
    await shop.commit('images');
  });
  afterAll(async () => {
    await production?.close();
    await shop?.close();
  });

  it('needs the key of the team', async () => {
    const { exitCode, output } = await production.run(shop, ['deploy', 'shop']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('ROLLOUT_KEY is not set');
  });

  it('sends the router to the registry of the service, and keeps its secret', async () => {
    expect((await production.run(shop, ['deploy', 'shop'], env)).exitCode).toBe(0);
    await shop.change('shop', { says: 'two' });
    await shop.commit('two');
    const { exitCode, output } = await production.run(shop, ['deploy', 'shop'], env);
    expect(exitCode, output).toBe(0);
    expect(await production.answer('shop')).toBe('two');
    expect(output).not.toContain(env.ROLLOUT_KEY);
    expect(await shop.read('WORKTREE_STATUS.journal.jsonl')).toContain('"phase":"done"');
  });
});
