import { mapRepository, type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import type { Behaviour } from './support/service.js';
import { type NxRun, Workspace } from './support/workspace.js';

// App Platform's stand-in builds the commits pushed to the workspace's origin, as App Platform does.
let folder: string;
let origin: string;
let workspace: Workspace;
let cloud: Platform;
let seen: number;

const spec = `name: shop
services:
  - name: shop
    github: { repo: acme/shop, branch: '\${GITHUB_REF_NAME}', deploy_on_push: true }
    run_command: node skills/shop/src/main.js
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, period_seconds: 1 }
`;

const specFile = 'infra/do-gradient/shop/app-spec.yaml';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'push-')));
  origin = join(folder, 'acme/shop.git');
  await execa('git', ['init', '-q', '--bare', '-b', 'main', origin]);
  workspace = await Workspace.create({ shop: {} });
  await workspace.write(specFile, spec);
  await workspace.git('remote', 'add', 'origin', origin);
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  await release('one');
  cloud = await startPlatform({ directory: join(folder, 'cloud') });
  await mapRepository(join(folder, 'cloud'), 'acme/shop', origin);
});
afterAll(async () => {
  await cloud.close();
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

async function release(says: string, behaviour: Behaviour = {}): Promise<void> {
  await workspace.change('shop', { says, ...behaviour });
  await workspace.commit(says);
}

/** By Nx. */
async function inProduction(target: string, env: Record<string, string> = {}): Promise<NxRun> {
  seen = cloud.requests.length;
  return workspace.nx([target, 'shop', '-c', 'production', `--platformUrl=${cloud.url}`], {
    DIGITALOCEAN_ACCESS_TOKEN: cloud.token,
    ...env,
  });
}

/** Without Nx. */
function deploy(): Promise<NxRun> {
  seen = cloud.requests.length;
  return workspace.warm(['deploy', 'shop', '--environment=production', `--platformUrl=${cloud.url}`], {
    DIGITALOCEAN_ACCESS_TOKEN: cloud.token,
  });
}

function writes(): string[] {
  return cloud.requests.slice(seen).filter((request) => !request.startsWith('GET'));
}

async function head(directory: string): Promise<string> {
  return (await execa('git', ['rev-parse', 'main'], { cwd: directory })).stdout;
}

async function answer(): Promise<string> {
  return (await fetch((await workspace.status('shop'))['url'] ?? '')).text();
}

it('pushes the branch that the App Spec names, and deploys that commit', async () => {
  const { exitCode, output } = await inProduction('deploy');
  expect(output).toContain('1 skill: 1 created.');
  expect(exitCode).toBe(0);
  expect(await head(origin)).toBe(await head(workspace.root));
  expect(await answer()).toBe('one');
  expect(await workspace.status('shop')).toMatchObject({ commit: await head(workspace.root) });
});

it('follows the deployment that its push starts, and writes nothing', async () => {
  // A version that the platform has built by itself may report any digest: the deploy did not set one.
  await release('two', { fault: 'wrong-digest' });
  const { exitCode, output } = await deploy();
  expect(output).toContain('1 skill: 1 followed.');
  expect(exitCode).toBe(0);
  expect(writes()).toEqual([]);
  expect(await answer()).toBe('two');
  const [finished] = (await workspace.records('finished')).slice(-1);
  expect(finished?.['result']).toMatchObject({ commit: await head(origin) });
});

atNight(() => {
  it('finds it live, and neither pushes nor deploys', async () => {
    const { exitCode, output } = await deploy();
    expect(output).toContain('Nothing to deploy');
    expect(exitCode).toBe(0);
    expect(writes()).toEqual([]);
  });
});

it('deploys the branch of a skill, and lands it once it is live and keeps its contract there', async () => {
  await workspace.git('switch', '-qc', 'skill/shop');
  await release('branch');
  const { exitCode, output } = await deploy();
  expect(output).toContain('1 skill: 1 updated.');
  expect(exitCode).toBe(0);
  expect(await answer()).toBe('branch');

  await workspace.git('switch', '-q', 'main');
  const merge = await inProduction('merge');
  expect(merge.output).toContain('1 skill: 1 merged.');
  expect(merge.exitCode).toBe(0);
  expect(writes()).toEqual([]);
  expect(await head(origin)).toBe(await head(workspace.root));
  const { stdout } = await execa('git', ['log', '-1', '--format=%B', 'main'], { cwd: origin });
  expect(stdout).toMatch(/^Skill: shop$/m);
  expect(stdout).toMatch(/^Environment: production$/m);
  expect(stdout).toMatch(/^Deployment: \S+$/m);
});

it('sends nothing while there are uncommitted changes', async () => {
  await workspace.change('shop', { says: 'three' });
  const more = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `skills/shop/${name}.txt`);
  for (const file of more) await workspace.write(file, '');
  const { exitCode, output } = await deploy();
  expect(exitCode).not.toBe(0);
  const named = more.slice(0, 5).join(', ');
  expect(output).toContain(`shop has uncommitted changes: ${named} and 2 more, 7 in all. Commit them`);
  for (const file of more) await workspace.remove(file);
  expect(writes()).toEqual([]);
});

atNight(() => {
  describe('a repository that the App Spec takes from a variable', () => {
    const deployAs = (repository: string) => inProduction('deploy', { GITHUB_REPOSITORY: repository });

    beforeAll(async () => {
      await workspace.write(specFile, spec.replace('acme/shop', "'${GITHUB_REPOSITORY}'"));
      await workspace.git('commit', '-qm', 'from a variable', '--', specFile);
    });
    afterAll(async () => {
      await workspace.write(specFile, spec);
      await workspace.git('commit', '-qm', 'by name', '--', specFile);
    });

    it('is this one in other letters too: it is as guarded', async () => {
      const { exitCode, output } = await deployAs('Acme/SHOP');
      expect(output).toContain('shop has uncommitted changes: skills/shop/src/main.js. Commit them');
      expect(exitCode).not.toBe(0);
      expect(writes()).toEqual([]);
    });

    it('is another one by mistake: nothing is deployed, and it says which', async () => {
      const { exitCode, output } = await deployAs('acme/other');
      expect(output).toContain('App Platform would build acme/other, branch main');
      expect(output).toContain(`of another repository (origin: ${origin.replace('.git', '')})`);
      expect(output).toContain('or correct GITHUB_REPOSITORY');
      expect(exitCode).not.toBe(0);
      expect(writes()).toEqual([]);
    });
  });

  it('is not stopped by uncommitted changes outside the skill', async () => {
    await workspace.git('restore', 'skills');
    await workspace.write('notes.txt', 'for nobody');
    const { exitCode, output } = await deploy();
    expect(exitCode, output).toBe(0);
    expect(await answer()).toBe('branch');
    await workspace.remove('notes.txt');
  });
});

it('never force-pushes over what someone else has pushed', async () => {
  const other = join(folder, 'other');
  await execa('git', ['clone', '-q', origin, other]);
  const identity = ['-c', 'user.name=Other', '-c', 'user.email=other@example.invalid'];
  await execa('git', [...identity, 'commit', '-q', '--allow-empty', '-m', 'theirs'], { cwd: other });
  await execa('git', ['push', '-q'], { cwd: other });
  await release('three');
  const { exitCode, output } = await deploy();
  expect(exitCode).not.toBe(0);
  expect(output).toContain('git pull origin main');
  expect(await head(origin)).toBe(await head(other));
  expect(await answer()).toBe('branch');
});

atNight(() => {
  it('succeeds in a pipeline if the branch has newer commits that contain it, and says so', async () => {
    await workspace.git('pull', '-q', '--no-rebase', '--no-edit', 'origin', 'main');
    await workspace.git('push', '-q', 'origin', 'main');
    const older = await head(workspace.root);
    await release('four');
    await workspace.git('push', '-q', 'origin', 'main');
    const newer = await head(origin);
    await workspace.git('switch', '-q', '-C', 'main', older);
    const { exitCode, output } = await inProduction('deploy', { CI: 'true' });
    expect(exitCode, output).toBe(0);
    expect(output).toContain('1 skill: 1 superseded.');
    expect(output).toContain(`a newer version has overtaken it: main is at ${newer.slice(0, 12)} on origin`);
    expect(writes()).toEqual([]);
  });
});
