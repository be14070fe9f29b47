import type { AppSpec } from '@odoobo/app-platform/spec';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nameDocr } from '../sources/docr.js';
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
import { impatient, temporaryFolder, testPlatform } from '../testing/platform.test.helper.js';
import { lacksRegistry, startRegistry } from '../testing/registry.test.helper.js';

const run = promisify(execFile);
const isLacking = (await lacksContainers()) || lacksRegistry();

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
      const name = `localhost/local-platform-pushed:${text}-${randomUUID()}`;
      await tagged(directory, name, dockerfileOf(base, text));
      await registry.push(directory, name, 'acme/web:1');
    };
    await push('one');
    const test = await testPlatform({ directory });
    const app = await deployed(test, specOf({ tag: '1' }));
    expect(app.active_deployment?.phase, await test.log(app.id, 'BUILD')).toBe('ACTIVE');
    const said = async () => (await fetch(app.live_url ?? '')).text();
    expect(await said()).toBe('one none\n');
    const pulls = registry.pulls('acme/web');
    expect(pulls).toBeGreaterThan(0);

    const using = /using image docker\.io\/acme\/web@(sha256:\w+)/.exec(await test.log(app.id, 'BUILD'));
    const byDigest = await redeployed(test, app.id, specOf({ digest: using?.[1] }));
    expect(byDigest.phase).toBe('ACTIVE');
    expect(registry.pulls('acme/web')).toBe(pulls);

    await push('two');
    expect((await redeployed(test, app.id, specOf({ tag: '1' }))).phase).toBe('ACTIVE');
    await expect.poll(said).toBe('two none\n');
    expect(registry.pulls('acme/web')).toBeGreaterThan(pulls);
  }, 180_000);
});

/** docker has logins in a file only, and pushes an image by what it is called. */
async function pushWithLogin(engine: string, image: string, host: string, as: string): Promise<void> {
  if (engine !== 'docker') {
    const options = ['--tls-verify=false', '--creds', 'user:secret'];
    await run(engine, ['push', ...options, image, `docker://${host}/${as}`]);
    return;
  }
  const docker = ['--config', await temporaryFolder()];
  await run('docker', [...docker, 'login', '--username', 'user', '--password', 'secret', host]);
  await run('docker', ['tag', image, `${host}/${as}`]);
  await run('docker', [...docker, 'push', `${host}/${as}`]);
  await run('docker', ['rmi', `${host}/${as}`]);
}

describe.skipIf(isLacking)(
  'a registry that needs a login (needs docker-registry, busybox, and an engine)',
  () => {
    it('is DOCR once it is named, and lets in what registry_credentials say, which are stored nowhere in clear', async () => {
      const registry = await startRegistry(true);
      const directory = await folderWithContainers();
      const { name: engine } = await engineOf(directory);
      const base = await baseImage(directory);
      const local = `localhost/local-platform-pushed:${randomUUID()}`;
      await tagged(directory, local, dockerfileOf(base, 'one'));
      await pushWithLogin(engine, local, registry.host, 'acme/web:1');
      const test = await testPlatform({ directory });
      const docr = { registry_type: 'DOCR' as const, registry: undefined, repository: 'web', tag: '1' };
      const { status, body } = await test.call('POST', '/v2/apps', { spec: specOf(docr) });
      expect([status, body['message']]).toEqual([
        501,
        expect.stringMatching(/local-platform registry <name>/),
      ]);

      await nameDocr(directory, `${registry.host}/acme`);
      const { id, pending_deployment: first } = await test.create(specOf(docr));
      await test.settled(id, 60_000);
      expect((await test.app(id)).active_deployment).toBeUndefined();
      expect(await test.log(id, 'BUILD', first?.id)).toMatch(
        /could not be pulled: .*set registry_credentials\./,
      );
      const next = await redeployed(test, id, specOf({ ...docr, registry_credentials: 'user:secret' }));
      const log = await test.log(id, 'BUILD', next.id);
      expect(next.phase, log).toBe('ACTIVE');
      expect(await (await fetch((await test.app(id)).live_url ?? '')).text()).toBe('one none\n');
      expect(log).not.toContain('secret');
      const clear = ['user:secret', Buffer.from('user:secret').toString('base64')];
      await expect(run('grep', ['-rlE', clear.join('|'), directory])).rejects.toMatchObject({ code: 1 });
    }, 180_000);
  },
);

describe.skipIf(isLacking)('the image of a build (needs busybox, and podman, docker or buildah)', () => {
  it('is deleted when nothing needs it', async () => {
    const directory = await folderWithContainers();
    const base = await baseImage(directory);
    await tagged(directory, 'docker.io/acme/kept:1', dockerfileOf(base, 'one'));
    const tested = new TestSources(directory);
    const component = { name: 'web', image: { ...image, repository: 'kept', tag: '1' } };
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
