import { freePort } from '@odoobo/machine/network';
import { startPlatform, type FaultRequest, type Platform } from '@odoobo/local-platform';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace, type NxRun } from './support/workspace.js';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { pushBase } from '../../nx-skills/dist/test-support/base-image.js';
import {
  hasDockerRegistry,
  registryUser,
  startDockerRegistry,
  type DockerRegistry,
} from '../../nx-skills/dist/test-support/docker-registry.js';
import { startProxy } from '../../nx-skills/dist/test-support/proxy.js';
/* eslint-enable @nx/enforce-module-boundaries */

// App Platform's stand-in pulls what it is told to run from a real registry, when it is told.
let folder: string;
let registry: DockerRegistry;
let workspace: Workspace;
let cloud: Platform;

const spec = `name: shop
services:
  - name: shop
    image: { registry_type: DOCR, repository: shop, tag: latest }
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, period_seconds: 1 }
`;

interface Image {
  digest: string;
}

/** Takes an image from the disk of the registry, without a call that would be counted. */
function pull(digest: string): void {
  const manifest = JSON.parse(readFileSync(registry.blobFile(digest), 'utf8')) as {
    config: Image;
    layers: Image[];
  };
  for (const blob of [{ digest }, manifest.config, ...manifest.layers]) {
    const file = join(folder, 'cloud/images/blobs', blob.digest.replace(':', '/'));
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(registry.blobFile(blob.digest), file);
  }
}

function pullWhatIsToRun({ method, body }: FaultRequest): undefined {
  const { spec } = (body ?? {}) as { spec?: { services?: { image?: Image }[] } };
  const digest = spec?.services?.[0]?.image?.digest;
  if (digest !== undefined && method !== 'GET') pull(digest);
}

beforeAll(async () => {
  if (!hasDockerRegistry) return;
  folder = await realpath(await mkdtemp(join(tmpdir(), 'registry-')));
  registry = await startDockerRegistry({ login: true });
  const auth = Buffer.from(`${registryUser.user}:${registryUser.password}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const base = await pushBase(registry.host, { authorization: `Basic ${auth}` });
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' } } });
  await workspace.write('infra/do-gradient/shop/app-spec.yaml', spec);
  const options = { baseImage: base.reference, registry: `${registry.host}/acme` };
  const nxJson = JSON.parse(await workspace.read('nx.json')) as object;
  const plugins = [{ plugin: '@odoobo/nx-skills', options }];
  await workspace.write('nx.json', JSON.stringify({ ...nxJson, plugins }));
  cloud = await startPlatform({ directory: join(folder, 'cloud'), fault: pullWhatIsToRun });
});
afterAll(async () => {
  if (!hasDockerRegistry) return;
  await cloud.close();
  await workspace.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function inProduction(target: string, ...options: string[]): Promise<NxRun> {
  return inProductionWith({}, target, ...options);
}

async function inProductionWith(
  more: Record<string, string>,
  target: string,
  ...options: string[]
): Promise<NxRun> {
  // What is tried here is not committed.
  const dirty = target === 'deploy' ? ['--dirty'] : [];
  const args = [target, 'shop', '-c', 'production', `--platformUrl=${cloud.url}`, ...dirty, ...options];
  const env = { DIGITALOCEAN_ACCESS_TOKEN: cloud.token, DOCKER_CONFIG: folder, ...more };
  const run = await workspace.nx(args, env);
  expect(run.output).not.toContain(registryUser.password);
  return run;
}

/** The writes of a run, to the platform and to the registry. */
async function writesOf(run: () => Promise<unknown>): Promise<{ platform: string[]; registry: string[] }> {
  // What a plan asks the cost by changes nothing.
  const isWrite = (request: string) => !/^(GET|HEAD) |\/propose$/.test(request);
  const before = [cloud.requests.length, (await registry.requests()).length] as const;
  await run();
  return {
    platform: cloud.requests.slice(before[0]).filter(isWrite),
    registry: (await registry.requests()).slice(before[1]).filter(isWrite),
  };
}

async function live(): Promise<{ image?: Image; envs?: { key: string; value?: string }[] }> {
  const headers = { authorization: `Bearer ${cloud.token}` };
  const reply = await fetch(`${cloud.url}/v2/apps`, { headers });
  const { apps } = (await reply.json()) as {
    apps: { active_deployment: { spec: { services: object[] } } }[];
  };
  return apps[0]?.active_deployment.spec.services[0] ?? {};
}

describe.skipIf(!hasDockerRegistry)('images for production (needs docker-registry)', () => {
  it('pushes the artefact on its base, deploys the digest of that image, and it runs', async () => {
    const { output, exitCode } = await inProduction('deploy');
    expect(output).toContain('1 skill: 1 created.');
    expect(exitCode).toBe(0);
    const { image, envs } = await live();
    expect(image).toMatchObject({ registry_type: 'DOCR', repository: 'shop' });
    const manifest = readFileSync(registry.blobFile(image?.digest ?? ''), 'utf8');
    const artefact = JSON.parse(await workspace.read('skills/shop/dist/image/index.json')) as {
      manifests: Image[];
    };
    const built = await workspace.read(
      `skills/shop/dist/image/blobs/${artefact.manifests[0]?.digest.replace(':', '/')}`,
    );
    const { layers } = JSON.parse(built) as { layers: Image[] };
    expect((JSON.parse(manifest) as { layers: Image[] }).layers.at(-1)).toEqual(layers[0]);
    expect(envs).toContainEqual(
      expect.objectContaining({ key: 'SKILL_DIGEST', value: artefact.manifests[0]?.digest }),
    );
    const { url } = await workspace.status('shop');
    expect(await (await fetch(url ?? '')).text()).toBe('one');
    expect(await (await fetch(`${url}/environment`)).json()).toMatchObject({ FROM_BASE: 'yes' });
  });

  it('pushes and writes nothing where that is live', async () => {
    const writes = await writesOf(async () => {
      expect((await inProduction('deploy')).output).toContain('Nothing to deploy');
    });
    expect(writes).toEqual({ platform: [], registry: [] });
  });

  it('says that it has pushed an image again that was gone from the registry', async () => {
    const { image } = await live();
    rmSync(registry.blobFile(image?.digest ?? ''));
    const writes = await writesOf(async () => {
      const { output, exitCode } = await inProduction('deploy');
      expect(output).toContain('1 image was missing in the registry, and pushed again.');
      expect(output).not.toContain('up to date.');
      expect(exitCode).toBe(0);
    });
    expect(writes.platform).toEqual([]);
    expect(writes.registry.at(-1)).toMatch(/^PUT \/v2\/acme\/shop\/manifests\//);
  });

  it('plans the digest that it then deploys, and pushes nothing for it', async () => {
    await workspace.change('shop', { says: 'two' });
    const plan = join(folder, 'plan.json');
    const planned = await writesOf(() => inProduction('plan', `--json=${plan}`));
    expect(planned).toEqual({ platform: [], registry: [] });
    const deployed = await writesOf(async () => expect((await inProduction('deploy')).exitCode).toBe(0));
    expect(deployed.registry.at(-1)).toMatch(/^PUT \/v2\/acme\/shop\/manifests\/[0-9a-f]{12} 201$/);
    const { image } = await live();
    expect(readFileSync(plan, 'utf8')).toContain(image?.digest);
    expect(await (await fetch((await workspace.status('shop'))['url'] ?? '')).text()).toBe('two');
  });

  it('sends nothing without a login for the registry, and says what to do', async () => {
    await workspace.change('shop', { says: 'three' });
    const seen = cloud.requests.length;
    const { output, exitCode } = await inProduction('deploy', '--registry=registry.example.invalid/acme');
    expect(exitCode).not.toBe(0);
    expect(output).toContain('Nothing was sent');
    expect(output).toContain('docker login registry.example.invalid');
    expect(cloud.requests.slice(seen)).toEqual([]);
  });

  it('pushes with a login that a helper of docker keeps', async () => {
    await workspace.change('shop', { says: 'four' });
    const { user, password } = registryUser;
    const kept = JSON.stringify({ ServerURL: registry.host, Username: user, Secret: password });
    const home = await dockerFolder({ credHelpers: { [registry.host]: 'test' }, auths: {} });
    await writeFile(join(home, 'docker-credential-test'), `#!/bin/sh\necho '${kept}'\n`, { mode: 0o755 });
    const env = { DOCKER_CONFIG: home, PATH: `${home}:${process.env['PATH']}` };
    const { output, exitCode } = await inProductionWith(env, 'deploy');
    expect(output).toContain('1 skill: 1 updated.');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['answers 503', 'RegistryUnavailable', 'could not look for the image: 503'],
    ['wants another password', 'RegistryRefused', 'could not look for the image: 401'],
    ['is not there', 'RegistryUnreachable', 'refuses the connection (ECONNREFUSED)'],
    ['has no base image any more', 'RegistryUnreachable', 'refuses the connection (ECONNREFUSED)'],
  ])('says that the registry is to blame, and what to do, where it %s', async (how, code, says) => {
    await workspace.change('shop', { says: how });
    const { env, options, at } = await brokenRegistry(how);
    const seen = cloud.requests.length;
    const { output, exitCode } = await inProductionWith(env, 'deploy', ...options);
    expect(exitCode).toBe(1);
    expect(output).toContain(`reason: ${code}`);
    expect(output).toContain(says);
    expect(output).toContain(at);
    expect(output).not.toContain('InvalidSkill');
    expect(cloud.requests.slice(seen).filter((call) => !call.startsWith('GET'))).toEqual([]);
    expect((await inProduction('deploy')).exitCode).toBe(0);
  });

  it('names the file of docker that is damaged, and nothing of what is in it', async () => {
    const home = await dockerFolder({ auths: { [registry.host]: 'bWU6c2VjcmV0' } });
    const { output, exitCode } = await inProductionWith({ DOCKER_CONFIG: home }, 'deploy');
    expect(exitCode).toBe(1);
    expect(output).toContain(`${home}/config.json is not what docker writes there`);
    expect(output).not.toMatch(/bWU6c2VjcmV0|InvalidSkill/);
  });

  it('still blames the skill for what is wrong with its own files', async () => {
    await workspace.write('infra/do-gradient/shop/app-spec.yaml', spec.replace('name: shop', 'name: other'));
    const { output } = await inProduction('deploy');
    await workspace.write('infra/do-gradient/shop/app-spec.yaml', spec);
    expect(output).toContain('reason: InvalidSkill');
  });
});

async function dockerFolder(config: object): Promise<string> {
  const home = await mkdtemp(join(folder, 'docker-'));
  await writeFile(join(home, 'config.json'), JSON.stringify(config));
  return home;
}

interface BrokenRegistry {
  env: Record<string, string>;
  options: string[];
  /** What the message names. */
  at: string;
}

async function brokenRegistry(how: string): Promise<BrokenRegistry> {
  const nobody = `127.0.0.1:${await freePort()}`;
  switch (how) {
    case 'answers 503': {
      const { host } = await startProxy(registry.host, () => ({ status: 503 }));
      return { env: {}, options: [`--registry=${host}/acme`], at: `${host}/acme/shop: ` };
    }
    case 'wants another password': {
      const auth = Buffer.from(`${registryUser.user}:another`).toString('base64');
      const home = await dockerFolder({ auths: { [registry.host]: { auth } } });
      return { env: { DOCKER_CONFIG: home }, options: [], at: `${registry.host}/acme/shop: ` };
    }
    case 'is not there':
      return { env: {}, options: [`--registry=${nobody}/acme`], at: `${nobody}/acme/shop: ` };
    default: {
      const digest = `sha256:${'a'.repeat(64)}`;
      return { env: {}, options: [`--baseImage=${nobody}/base@${digest}`], at: `${nobody}/base: ` };
    }
  }
}
