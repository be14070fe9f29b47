import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptOf, shBlocksOf } from './docs/sh-blocks.js';
import { ShellSession } from './docs/shell-session.js';
import { repository } from './support/committed.js';
import { ImageProduction } from './support/image-production.js';
import { until } from './support/poll.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { nxPath, outerEnvironment, Workspace } from './support/workspace.js';

/** Waits for a person, so that what happens meanwhile is the test's. */
const rollout = { steps: [{ weight: 50 }, { approve: true }, { weight: 100, for: '1s' }] };

let workspace: Workspace;
let shop: Shop;
let traffic: Traffic;
let versions = 0;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: '0' }, manifest: { rollout } } });
  shop = new Shop(workspace);
  await shop.run('deploy');
  traffic = new Traffic((await shop.app()).live_url ?? '');
});
afterAll(async () => {
  await traffic?.stop();
  await workspace.close();
});

/** Writes the next version. @returns what it says */
async function nextVersion(): Promise<string> {
  versions += 1;
  await workspace.change('shop', { says: String(versions) });
  return String(versions);
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
    await shop.expectLive(first);
    await nextVersion();
    await shop.run('deploy');
    expect(await next()).toMatch(/shop +held +2\/3[^]*shop +going +2\/3/);
    expect(await next()).toContain('rolled back');
    await shop.expectLive(first);
    const last = await nextVersion();
    await shop.run('deploy');
    expect(await next()).toContain('updated');
    await shop.expectLive(last);
    const ofPipeline = await nextVersion();
    expect(await next()).toMatch(/waiting[^]*updated/);
    await shop.expectLive(ofPipeline);
    await nextVersion();
    await shop.run('deploy');
    const report = await next();
    expect(report).toMatch(/MEASURE +LIVE +NEW VERSION\n +requests +\d+ +\d+/);
    const written = async (name: string) => readFile(join(workspace.root, name), 'utf8');
    expect(await written('shop.html')).toContain('<h1>shop: both versions</h1>');
    expect(JSON.parse(await written('shop.json'))).toMatchObject({
      skill: 'shop',
      phase: 'going',
      weight: 50,
    });
    await shop.run('rollout', '--abort');
    expect(blocks).toEqual([]);
    await session.close();
  });
});

it('plans what it costs meanwhile, and that a rollout is under way', async () => {
  await nextVersion();
  expect((await shop.run('plan')).output).toMatch(
    /rolled out in 3 steps, .*approval; \$15\.00 a month meanwhile/,
  );
  await shop.run('deploy');
  expect((await shop.run('plan')).output).toContain('its rollout is under way');
  // Either version may answer.
  for (let times = 0; times < 4; times++) expect((await shop.run('healthcheck')).exitCode).toBe(0);
  const { exitCode, output } = await shop.run('rollout', '--approve', '--abort');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('contradict each other');
});

it('gives way to a newer version, which starts again', async () => {
  const before = (await shop.app()).active_deployment?.id;
  const says = await nextVersion();
  expect((await shop.run('deploy')).output).toContain('RolloutWaits');
  expect((await shop.app()).active_deployment?.id).not.toBe(before);
  expect(await shop.components()).toEqual(whole);
  await shop.run('rollout', '--promote');
  await shop.expectLive(says);
});

it.each(['the start is sent', 'it follows', 'the end is sent'])(
  'is taken up when its deployer is killed where %s',
  async (when) => {
    const says = await nextVersion();
    const before = (await shop.deployments()).length;
    if (when === 'the end is sent') {
      await shop.run('deploy');
      await shop.run('rollout', '--approve');
    }
    const killed = shop.start('deploy');
    const count = before + (when === 'the end is sent' ? 2 : 1);
    await until('the write has arrived', async () => (await shop.deployments()).length === count);
    if (when === 'it follows')
      await until('the rollout is live', async () => (await shop.components()).length === 3);
    killed.kill('SIGKILL');
    await killed.ended;
    if (when !== 'the end is sent') {
      expect((await shop.run('deploy')).output).toContain('RolloutWaits');
      await shop.run('rollout', '--approve');
    }
    expect((await shop.run('deploy')).exitCode).toBe(0);
    await shop.expectLive(says);
    expect(await shop.deployments()).toHaveLength(before + 2);
  },
);

it('is one rollout where two deploy at once', async () => {
  const says = await nextVersion();
  const before = (await shop.deployments()).length;
  await shop.run('build');
  const both = await Promise.all([shop.run('deploy', '--only'), shop.run('deploy', '--only')]);
  for (const { output } of both) expect(output).toContain('RolloutWaits');
  await shop.run('rollout', '--approve');
  const ends = await Promise.all([shop.run('deploy', '--only'), shop.run('deploy', '--only')]);
  for (const { exitCode, output } of ends) expect(exitCode, output).toBe(0);
  await shop.expectLive(says);
  expect(await shop.deployments()).toHaveLength(before + 2);
});

it('changes nothing for users where the canary does not start, and the next version goes out', async () => {
  const before = String(versions);
  await workspace.change('shop', { fault: 'crashes' });
  const { exitCode, output } = await shop.run('deploy');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('no database');
  await shop.expectLive(before);
  const says = await nextVersion();
  await shop.run('deploy');
  await shop.run('rollout', '--approve');
  expect((await shop.run('deploy')).exitCode).toBe(0);
  await shop.expectLive(says);
});

it('has failed no request in all of that', async () => {
  expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThan(100);
});

describe('in production', () => {
  let production: ImageProduction;
  let built: Workspace;
  const env = { ROLLOUT_KEY: 'the key of a whole team' };

  beforeAll(async () => {
    production = await ImageProduction.start();
    const steps = [{ weight: 50, for: '1s' }];
    built = await Workspace.create({
      shop: { behaviour: { says: 'one' }, manifest: { rollout: { steps } } },
    });
    await production.runImageOf('shop', built);
    await built.commit('images');
  });
  afterAll(async () => {
    await production?.close();
    await built?.close();
  });

  it('needs the key of the team', async () => {
    const { exitCode, output } = await production.run(built, ['deploy', 'shop']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('ROLLOUT_KEY is not set');
  });

  it('sends the router to the registry of the service, and keeps its secret', async () => {
    expect((await production.run(built, ['deploy', 'shop'], env)).exitCode).toBe(0);
    await built.change('shop', { says: 'two' });
    await built.commit('two');
    const { exitCode, output } = await production.run(built, ['deploy', 'shop'], env);
    expect(exitCode, output).toBe(0);
    expect(await production.answer('shop')).toBe('two');
    expect(output).not.toContain(env.ROLLOUT_KEY);
    expect(await built.read('WORKTREE_STATUS.journal.jsonl')).toContain('"phase":"done"');
  });
});
