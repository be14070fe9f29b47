import type { AppSpec } from '@odoobo/app-platform/spec';
import { freePort } from '@odoobo/machine/network';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TestSources } from '../sources/repository.test.helper.js';
import {
  baseImage,
  deployed,
  dockerfileOf,
  engineOf,
  folderWithContainers,
  lacksContainers,
  redeployed,
  tagged,
} from '../testing/containers.test.helper.js';
import {
  afterwards,
  eventually,
  impatient,
  temporaryFolder,
  testPlatform,
} from '../testing/platform.test.helper.js';

const run = promisify(execFile);
const isLacking = (await lacksContainers()) || spawnSync('docker-registry', ['--version']).status !== 0;

/** A real registry that stands for Docker Hub: what is asked of that goes here, as `registries.conf` says. */
async function startRegistry() {
  const folder = await temporaryFolder();
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'config.json');
  const storage = { filesystem: { rootdirectory: join(folder, 'data') } };
  await writeFile(config, JSON.stringify({ version: 0.1, storage, http: { addr: host } }));
  const registry = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [registry.stdout, registry.stderr]) stream.on('data', (text) => (log += String(text)));
  afterwards(async () => {
    registry.kill('SIGKILL');
    await once(registry, 'exit').catch(() => undefined);
  });
  await eventually(async () => fetch(`http://${host}/v2/`).catch(() => undefined));
  const mirrors = join(folder, 'registries.conf');
  await writeFile(mirrors, `[[registry]]\nprefix = "docker.io"\nlocation = "${host}"\ninsecure = true\n`);
  const earlier = process.env['CONTAINERS_REGISTRIES_CONF'];
  process.env['CONTAINERS_REGISTRIES_CONF'] = mirrors;
  afterwards(async () => {
    if (earlier === undefined) delete process.env['CONTAINERS_REGISTRIES_CONF'];
    else process.env['CONTAINERS_REGISTRIES_CONF'] = earlier;
  });
  return { host, pulls: () => log.match(/GET \/v2\/acme\/web\/blobs/g)?.length ?? 0 };
}

const image = { registry_type: 'DOCKER_HUB' as const, registry: 'acme', repository: 'web' };

function specOf(of: object): AppSpec {
  return {
    name: 'shop',
    services: [
      {
        name: 'web',
        image: { ...image, ...of },
        health_check: { ...impatient, failure_threshold: 20 },
        termination: { drain_seconds: 1, grace_period_seconds: 1 },
      },
    ],
  };
}

describe.skipIf(isLacking)('a registry (needs docker-registry, busybox, and podman or buildah)', () => {
  it('is asked for a tag, and for a digest only once; images that nothing needs are deleted', async ({
    skip,
  }) => {
    const registry = await startRegistry();
    const directory = await folderWithContainers();
    const { name: engine } = await engineOf(directory);
    // Its mirrors are those of its daemon.
    if (engine === 'docker') skip();
    const base = await baseImage(directory);
    const push = async (text: string) => {
      const name = `localhost/local-platform-pushed:${text}`;
      await tagged(directory, name, dockerfileOf(base, text));
      await run(engine, ['push', '--tls-verify=false', name, `docker://${registry.host}/acme/web:1`]);
    };
    await push('one');
    const test = await testPlatform({ directory });
    const app = await deployed(test, specOf({ tag: '1' }));
    expect(app.active_deployment?.phase, await test.log(app.id, 'BUILD')).toBe('ACTIVE');
    const said = async () => (await fetch(app.live_url ?? '')).text();
    expect(await said()).toBe('one none\n');
    const pulls = registry.pulls();
    expect(pulls).toBeGreaterThan(0);

    const using = /using image docker\.io\/acme\/web@(sha256:\w+)/.exec(await test.log(app.id, 'BUILD'));
    const byDigest = await redeployed(test, app.id, specOf({ digest: using?.[1] }));
    expect(byDigest.phase).toBe('ACTIVE');
    expect(registry.pulls()).toBe(pulls);

    await push('two');
    expect((await redeployed(test, app.id, specOf({ tag: '1' }))).phase).toBe('ACTIVE');
    await expect.poll(said).toBe('two none\n');
    expect(registry.pulls()).toBeGreaterThan(pulls);
  }, 180_000);
});

describe.skipIf(isLacking)('the image of a build (needs busybox, and podman, docker or buildah)', () => {
  it('is deleted when nothing needs it', async () => {
    const directory = await folderWithContainers();
    const base = await baseImage(directory);
    await tagged(directory, 'docker.io/acme/web:1', dockerfileOf(base, 'one'));
    const tested = new TestSources(directory);
    const component = { name: 'web', image: { ...image, tag: '1' } };
    const build = await tested.build(component);
    const { container } = await tested.unpack(build);
    const engine = await engineOf(directory);
    expect(await engine.inspect(container?.image ?? '')).toBeDefined();
    await tested.sources.prune(new Set([build.key]));
    expect(await readdir(tested.layout.builds)).toHaveLength(1);
    await utimes(join(tested.layout.builds, build.key.slice('build:'.length), 'build.json'), 1, 1);
    await tested.sources.prune(new Set());
    expect(await readdir(tested.layout.builds)).toEqual([]);
  }, 120_000);
});
