import { markOf } from '@odoobo/app-platform';
import { execa } from 'execa';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- What only tests use is no part of the package.
import { hasDockerRegistry } from '../../ship/dist/test-support/docker-registry.js';
import { ImageProduction } from './support/image-production.js';
import type { Behaviour } from './support/service.js';
import { type NxRun, Workspace } from './support/workspace.js';

// Production runs images of what is checked out, so only the deploy itself keeps the order.
let production: ImageProduction;
let workspace: Workspace;
/** The folder of the origin and of other clones. */
let folder: string;

beforeAll(async () => {
  if (!hasDockerRegistry) return;
  production = await ImageProduction.start();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'order-')));
  workspace = await Workspace.create({ shop: {}, till: {} });
  for (const skill of ['shop', 'till']) await production.runImageOf(skill, workspace);
  await workspace.commit('run images');
  await execa('git', ['init', '-q', '--bare', '-b', 'main', join(folder, 'origin.git')]);
  await workspace.git('remote', 'add', 'origin', join(folder, 'origin.git'));
  await workspace.git('push', '-q', 'origin', 'main');
});
afterAll(async () => {
  if (!hasDockerRegistry) return;
  await production.close();
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

const ci = { CI: 'true', GITHUB_ACTOR: 'robot' };

function deploy(options: string[] = [], env: Record<string, string> = {}, from = workspace): Promise<NxRun> {
  return production.run(from, ['run-many', '-t', 'deploy', '-p', 'shop', ...options], env);
}

async function deployed(...options: string[]): Promise<string> {
  const { exitCode, output } = await deploy(options);
  expect(exitCode, output).toBe(0);
  return output;
}

/** Commits and pushes another version of the shop. @returns its commit */
async function release(text: string, behaviour: Behaviour = {}, from = workspace): Promise<string> {
  await from.change('shop', { says: text, ...behaviour });
  await from.commit(text);
  await from.git('push', '-q', 'origin', 'HEAD');
  return revision('HEAD', from);
}

async function revision(ref: string, from = workspace): Promise<string> {
  const found = await execa('git', ['rev-parse', '--verify', '--quiet', ref], {
    cwd: from.root,
    reject: false,
  });
  return found.stdout;
}

function kept(): Promise<string> {
  return revision('refs/deployed/production/shop');
}

/** The result of `actions/checkout` at a commit. */
async function checkOut(commit: string): Promise<Workspace> {
  const clone = await mkdtemp(join(folder, 'clone-'));
  await execa('git', ['clone', '-q', join(folder, 'origin.git'), clone]);
  await execa('git', ['checkout', '-q', '-B', 'main', commit], { cwd: clone });
  await symlink(join(workspace.root, 'node_modules'), join(clone, 'node_modules'));
  return workspace.checkout(clone);
}

describe.skipIf(!hasDockerRegistry)('an older commit in production (needs docker-registry)', () => {
  it('replaces no newer one, and pushes the ref no further back', async () => {
    const older = await release('one');
    await deployed();
    const newer = await release('two');
    await deployed();
    await workspace.git('switch', '-q', '--detach', older);
    const { exitCode, output } = await deploy();
    await workspace.git('switch', '-q', 'main');
    expect(exitCode).toBe(1);
    expect(output).toContain('reason: OlderThanLive');
    expect(output).toContain('npx nx deploy shop -c production --allow-older');
    expect(await production.answer('shop')).toBe('two');
    expect(await kept()).toBe(newer);
  });

  it('is recognised as older than a newer one, even in a clone that has never fetched that one', async () => {
    const older = await checkOut(await revision('HEAD'));
    await workspace.git('switch', '-qc', 'skill/shop');
    const aside = await release('aside');
    await deployed();
    await workspace.git('push', '-q', 'origin', ':skill/shop');
    const refused = await deploy([], {}, older);
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(`commit ${aside.slice(0, 12)} ("aside"), shipped by `);
    await workspace.git('switch', '-q', 'main');
    await workspace.git('merge', '-q', '--squash', 'skill/shop');
    await workspace.commit('squashed');
    await release('three');
    const after = await checkOut(await revision('HEAD'));
    expect(await deploy([], {}, after)).toMatchObject({ exitCode: 0 });
    expect(await production.answer('shop')).toBe('three');
  });
});

describe.skipIf(!hasDockerRegistry)('uncommitted changes in production (needs docker-registry)', () => {
  it('are not sent, while those of others are no obstacle', async () => {
    await release('four');
    await workspace.write('notes.txt', 'for nobody');
    await workspace.change('till', { says: 'half-done' });
    expect(await deployed()).toContain('1 skill: 1 updated.');
    const live = await kept();
    expect(live).toBe(await revision('HEAD'));

    await workspace.change('shop', { says: 'half-done' });
    await workspace.write('skills/shop/src/new.js', '');
    const writes = await production.writesOf(async () => {
      const { exitCode, output } = await deploy();
      expect(exitCode).toBe(1);
      expect(output).toContain('reason: UncommittedChanges');
      expect(output).toContain('changes: skills/shop/src/main.js, skills/shop/src/new.js. Commit them');
      expect(output).toContain('--dirty');
    });
    expect(writes).toEqual([]);
    expect(await production.answer('shop')).toBe('four');
    const { output } = await production.run(workspace, ['plan', 'shop']);
    expect(output).toContain('deploy refuses this: production is deployed from commits');
  });

  it('go live with --dirty, as what they are, until a commit does', async () => {
    expect(await deployed('--dirty')).toContain('1 skill: 1 updated.');
    expect(await production.answer('shop')).toBe('half-done');
    expect(await workspace.status('shop')).toMatchObject({ dirty: true });
    const commit = await revision('HEAD');
    const mark = markOf((await production.app('shop'))?.active_deployment?.spec);
    expect(mark).toMatchObject({ dirty: true, commit, by: expect.any(String) });
    const onOrigin = await execa('git', ['ls-remote', 'origin', 'refs/deployed/*'], { cwd: workspace.root });
    expect(onOrigin.stdout).toContain(await kept());
    await workspace.git('restore', 'skills');
    await workspace.remove('skills/shop/src/new.js');
    expect(await affected()).toContain('"shop"');
    const { output } = await production.run(workspace, ['plan', 'shop', '--since-deployed']);
    expect(output).toContain('unknown, it was deployed with uncommitted changes, on top of');
    await deployed();
    expect(await production.answer('shop')).toBe('four');
    expect(await kept()).toBe(await revision('HEAD'));
    expect(await affected()).not.toContain('"shop"');
  });

  /** The skills that the commands of a pipeline report as changed since the live commit. */
  async function affected(): Promise<string> {
    const command = new URL('../../nx-skills/bin/nx-skills.js', import.meta.url).pathname;
    const options = { cwd: workspace.root, env: workspace.env };
    const { stdout: base } = await execa('node', [command, 'base', '-c', 'production'], options);
    return (await execa('node', [command, 'changed', '--json', `--base=${base}`], options)).stdout;
  }
});

describe.skipIf(!hasDockerRegistry)('a pipeline that is overtaken (needs docker-registry)', () => {
  it('before it writes: succeeds, and says by what', async () => {
    const slow = await checkOut(await release('five'));
    const newer = await release('six');
    await deployed();
    const { exitCode, output } = await deploy([], ci, slow);
    expect(exitCode, output).toBe(0);
    expect(output).toContain('1 skill: 1 superseded.');
    expect(output).toContain(`a newer version has overtaken it: the live deployment is`);
    expect(output).toContain(newer.slice(0, 12));
    expect(await production.answer('shop')).toBe('six');
    expect(await kept()).toBe(newer);
    expect(await slow.status('shop')).toMatchObject({ status: 'completed', deployment_status: 'SUPERSEDED' });
  });

  it('while its version starts: succeeds in a pipeline', async () => {
    const { exitCode, output } = await overtake(ci, 'seven', 'eight');
    expect(exitCode, output).toBe(0);
    expect(output).toContain('1 skill: 1 superseded.');
    expect(await production.answer('shop')).toBe('eight');
  });

  it('fails on the machine of a person', async () => {
    const { exitCode, output } = await overtake({}, 'nine', 'ten');
    expect(exitCode).toBe(1);
    expect(output).toContain('reason: Overtaken');
  });

  it('fails where what has overtaken it does not contain it', async () => {
    const slow = await checkOut(await release('eleven', { startsWhen: join(folder, 'never') }));
    const run = production.begin(slow, ['deploy', 'shop'], ci);
    await run.says('deploying');
    await workspace.git('reset', '-q', '--hard', 'HEAD~1');
    await workspace.change('shop', { says: 'twelve' });
    await workspace.commit('twelve');
    await deployed('--allow-older');
    const { exitCode, output } = await run.ended;
    expect(exitCode).toBe(1);
    expect(output).toContain('reason: Overtaken');
  });

  /** A run whose version starts only after another run has deployed a newer one. */
  async function overtake(env: Record<string, string>, first: string, second: string): Promise<NxRun> {
    const slow = await checkOut(await release(first, { startsWhen: join(folder, 'never') }));
    const run = production.begin(slow, ['deploy', 'shop'], env);
    await run.says('deploying');
    await release(second);
    await deployed();
    return run.ended;
  }
});
