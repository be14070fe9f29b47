import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { hasDockerRegistry, registryUser } from '../../ship/dist/test-support/docker-registry.js';
import { startProxy } from '../../ship/dist/test-support/proxy.js';
import { ImageProduction, specFileOf } from './support/image-production.js';
import { type NxRun, Workspace } from './support/workspace.js';
/* eslint-enable @nx/enforce-module-boundaries */

interface Image {
  digest: string;
}

// App Platform's stand-in pulls the images that it runs from a real registry, which requires a login.
let production: ImageProduction;
let workspace: Workspace;

beforeAll(async () => {
  if (!hasDockerRegistry) return;
  production = await ImageProduction.start({ login: true });
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' } } });
  await production.runImageOf('shop', workspace);
});
afterAll(async () => {
  if (!hasDockerRegistry) return;
  await production.close();
  await workspace.close();
});

async function inProduction(target: string, ...options: string[]): Promise<NxRun> {
  return inProductionWith({}, target, ...options);
}

async function inProductionWith(
  env: Record<string, string>,
  target: string,
  ...options: string[]
): Promise<NxRun> {
  // The versions tried here are uncommitted.
  const dirty = target === 'deploy' ? ['--dirty'] : [];
  const run = await production.run(workspace, [target, 'shop', ...dirty, ...options], env);
  expect(run.output).not.toContain(registryUser.password);
  return run;
}

/** The writes of a run to the platform and to the registry. */
async function writesOf(run: () => Promise<unknown>): Promise<{ platform: string[]; registry: string[] }> {
  // A plan asks for the cost, which changes nothing.
  const isWrite = (request: string) => !/^(GET|HEAD) |\/propose$/.test(request);
  const before = [production.cloud.requests.length, (await production.registry.requests()).length] as const;
  await run();
  return {
    platform: production.cloud.requests.slice(before[0]).filter(isWrite),
    registry: (await production.registry.requests()).slice(before[1]).filter(isWrite),
  };
}

async function live(): Promise<{ digest: string; service: object | undefined }> {
  const service = (await production.app('shop'))?.active_deployment?.spec?.services?.[0];
  return { digest: service?.image?.digest ?? '', service };
}

describe.skipIf(!hasDockerRegistry)('images for production (needs docker-registry)', () => {
  it('pushes the artefact on its base, deploys the digest of that image, and it runs', async () => {
    const { output, exitCode } = await inProduction('deploy');
    expect(output).toContain('1 skill: 1 created.');
    expect(exitCode).toBe(0);
    const { digest, service } = await live();
    expect(service).toMatchObject({ image: { registry_type: 'DOCR', repository: 'shop' } });
    const manifest = readFileSync(production.registry.blobFile(digest), 'utf8');
    const artefact = JSON.parse(await workspace.read('skills/shop/dist/image/index.json')) as {
      manifests: Image[];
    };
    const built = await workspace.read(
      `skills/shop/dist/image/blobs/${artefact.manifests[0]?.digest.replace(':', '/')}`,
    );
    const { layers } = JSON.parse(built) as { layers: Image[] };
    expect((JSON.parse(manifest) as { layers: Image[] }).layers.at(-1)).toEqual(layers[0]);
    const value = artefact.manifests[0]?.digest;
    expect(service).toMatchObject({
      envs: expect.arrayContaining([expect.objectContaining({ key: 'SKILL_DIGEST', value })]) as unknown,
    });
    const { url } = await workspace.status('shop');
    expect(await (await fetch(url ?? '')).text()).toBe('one');
    expect(await (await fetch(`${url}/environment`)).json()).toMatchObject({ FROM_BASE: 'yes' });
  });

  it('stores beside the image where it comes from, and its packages', async () => {
    const { digest } = await live();
    const [provenance, bill] = await production.statementsOf('shop', digest);
    const { stdout: commit } = await execa('git', ['rev-parse', 'HEAD'], { cwd: workspace.root });
    expect(provenance).toMatchObject({
      subject: [
        { name: `${production.registry.host}/acme/shop`, digest: { sha256: digest.replace('sha256:', '') } },
      ],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: { skill: 'shop', folder: 'skills/shop' },
          resolvedDependencies: [
            { digest: { gitCommit: commit } },
            { uri: expect.stringContaining('/library/tiny') as unknown },
          ],
        },
      },
    });
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'shop' } } });
  });

  it('pushes and writes nothing where that is live', async () => {
    const writes = await writesOf(async () => {
      expect((await inProduction('deploy')).output).toContain('Nothing to deploy');
    });
    expect(writes).toEqual({ platform: [], registry: [] });
  });

  it('says that it has pushed an image again that was gone from the registry', async () => {
    rmSync(production.registry.blobFile((await live()).digest));
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
    const plan = join(production.folder, 'plan.json');
    const planned = await writesOf(() => inProduction('plan', `--json=${plan}`));
    expect(planned).toEqual({ platform: [], registry: [] });
    const deployed = await writesOf(async () => expect((await inProduction('deploy')).exitCode).toBe(0));
    expect(deployed.registry.at(-1)).toMatch(/^PUT \/v2\/acme\/shop\/manifests\/[0-9a-f]{12} 201$/);
    expect(readFileSync(plan, 'utf8')).toContain((await live()).digest);
    expect(await (await fetch((await workspace.status('shop'))['url'] ?? '')).text()).toBe('two');
  });

  it('sends nothing without a login for the registry, and says what to do', async () => {
    await workspace.change('shop', { says: 'three' });
    const seen = production.cloud.requests.length;
    const { output, exitCode } = await inProduction('deploy', '--registry=registry.example.invalid/acme');
    expect(exitCode).not.toBe(0);
    expect(output).toContain('Nothing was sent');
    expect(output).toContain('docker login registry.example.invalid');
    expect(production.cloud.requests.slice(seen)).toEqual([]);
  });

  it('pushes with a login that a helper of docker keeps', async () => {
    await workspace.change('shop', { says: 'four' });
    const { user, password } = registryUser;
    const kept = JSON.stringify({ ServerURL: production.registry.host, Username: user, Secret: password });
    const home = await dockerFolder({ credHelpers: { [production.registry.host]: 'test' }, auths: {} });
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
    const seen = production.cloud.requests.length;
    const { output, exitCode } = await inProductionWith(env, 'deploy', ...options);
    expect(exitCode).toBe(1);
    expect(output).toContain(`reason: ${code}`);
    expect(output).toContain(says);
    expect(output).toContain(at);
    expect(output).not.toContain('InvalidSkill');
    expect(production.cloud.requests.slice(seen).filter((call) => !call.startsWith('GET'))).toEqual([]);
    expect((await inProduction('deploy')).exitCode).toBe(0);
  });

  it('names the file of docker that is damaged, and nothing of what is in it', async () => {
    const home = await dockerFolder({ auths: { [production.registry.host]: 'bWU6c2VjcmV0' } });
    const { output, exitCode } = await inProductionWith({ DOCKER_CONFIG: home }, 'deploy');
    expect(exitCode).toBe(1);
    expect(output).toContain(`${home}/config.json is not a valid configuration of docker`);
    expect(output).not.toMatch(/bWU6c2VjcmV0|InvalidSkill/);
  });

  it('still blames the skill for what is wrong with its own files', async () => {
    const spec = await workspace.read(specFileOf('shop'));
    await workspace.write(specFileOf('shop'), spec.replace('name: shop', 'name: other'));
    const { output } = await inProduction('deploy');
    await workspace.write(specFileOf('shop'), spec);
    expect(output).toContain('reason: InvalidSkill');
  });
});

async function dockerFolder(config: object): Promise<string> {
  const home = await mkdtemp(join(production.folder, 'docker-'));
  await writeFile(join(home, 'config.json'), JSON.stringify(config));
  return home;
}

interface BrokenRegistry {
  env: Record<string, string>;
  options: string[];
  /** The text that the message must contain. */
  at: string;
}

async function brokenRegistry(how: string): Promise<BrokenRegistry> {
  const nobody = `127.0.0.1:${await freePort()}`;
  switch (how) {
    case 'answers 503': {
      const { host } = await startProxy(production.registry.host, () => ({ status: 503 }));
      return { env: {}, options: [`--registry=${host}/acme`], at: `${host}/acme/shop: ` };
    }
    case 'wants another password': {
      const auth = Buffer.from(`${registryUser.user}:another`).toString('base64');
      const home = await dockerFolder({ auths: { [production.registry.host]: { auth } } });
      return { env: { DOCKER_CONFIG: home }, options: [], at: `${production.registry.host}/acme/shop: ` };
    }
    case 'is not there':
      return { env: {}, options: [`--registry=${nobody}/acme`], at: `${nobody}/acme/shop: ` };
    default: {
      const digest = `sha256:${'a'.repeat(64)}`;
      return { env: {}, options: [`--baseImage=${nobody}/base@${digest}`], at: `${nobody}/base: ` };
    }
  }
}
