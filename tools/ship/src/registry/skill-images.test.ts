import { imageStoreOf } from '@odoobo/local-platform/client';
import { freePort } from '@odoobo/machine/network';
import { execa } from 'execa';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf, pushBase, type PushedBase } from '../test-support/base-image.js';
import {
  type DockerRegistry,
  hasDockerRegistry,
  registryUser,
  startDockerRegistry,
} from '../test-support/docker-registry.js';
import { type Handling, startProxy } from '../test-support/proxy.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import {
  basicLogin,
  builtSkill,
  imagesOf,
  manifestType,
  named,
  pull,
  troubleOf,
} from './skill-images.test.helper.js';

/** An HTTPS server with a self-signed certificate. */
async function selfSignedServer(): Promise<string> {
  const folder = await tempDirectory();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await execa('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ]);
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function written(requests: readonly string[], repository: string): string[] {
  return requests.filter((request) => !/^(GET|HEAD) /.test(request) && request.includes(repository));
}

describe.skipIf(!hasDockerRegistry)('images, against a real registry (needs docker-registry)', () => {
  let hub: DockerRegistry;
  let docr: DockerRegistry;
  let base: PushedBase;

  beforeAll(async () => {
    [hub, docr] = await Promise.all([startDockerRegistry(), startDockerRegistry({ login: true })]);
    base = await pushBase(hub.host);
  }, 60_000);
  afterAll(() => Promise.all([hub.close(), docr.close()]));

  it('puts the artefact on the base for linux/amd64, byte for byte, and it runs', async () => {
    const skill = await builtSkill('shop');
    const options = { baseImage: base.reference, registry: `${docr.host}/acme` };
    const images = await imagesOf(options, docr.host);
    const imaged = await named(images, skill);
    expect(written(await docr.requests(), 'acme/shop')).toEqual([]);
    await images.push(imaged);
    expect(imaged.spec.services?.[0]?.image).toMatchObject({
      digest: imaged.image.digest,
      repository: 'shop',
    });

    const { bytes, manifest, config, layers } = await pull(docr, 'acme/shop', imaged.image.digest);
    expect(digestOf(bytes)).toBe(imaged.image.digest);
    expect(manifest.layers[0]).toMatchObject({
      digest: base.digests.layer,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    });
    const local = await readFile(imaged.image.appLayers[0]?.file ?? '');
    expect(layers[1]?.equals(local)).toBe(true);
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.title': 'shop',
      'org.opencontainers.image.base.digest': base.digests.manifest,
    });
    expect(JSON.parse(config.toString())).toMatchObject({
      architecture: 'amd64',
      config: {
        Env: ['FROM_BASE=yes'],
        User: 'node',
        Entrypoint: ['node', '--enable-source-maps', 'main.mjs'],
      },
      history: [{ created_by: 'test' }, { created_by: 'nx build' }],
    });
    expect(config.toString()).not.toContain('Cmd');

    const folder = await unpack(bytes, [config, ...layers], imaged.image.digest);
    expect(await readFile(join(folder, 'etc/base-release'), 'utf8')).toBe('tiny for amd64\n');
    const run = await execa('node', ['--enable-source-maps', 'main.mjs'], { cwd: join(folder, 'app') });
    expect(stripVTControlCharacters(run.stdout)).toBe('shop true');
  });

  /** Unpacks an image as the local platform does, which checks every digest. */
  async function unpack(manifest: Buffer, blobs: Buffer[], digest: string): Promise<string> {
    const folder = await tempDirectory();
    const layout = join(folder, 'layout');
    await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
    for (const blob of [manifest, ...blobs])
      await writeFile(join(layout, 'blobs', digestOf(blob).replace(':', '/')), blob);
    const index = {
      schemaVersion: 2,
      manifests: [{ mediaType: manifestType, digest, size: manifest.length }],
    };
    await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(layout, 'index.json'), JSON.stringify(index));
    const store = imageStoreOf(join(folder, 'platform'));
    await store.import(layout);
    await store.unpack(digest, join(folder, 'unpacked'));
    return join(folder, 'unpacked');
  }

  it('has the same digest on another machine, and pushes nothing that exists', async () => {
    const options = { baseImage: base.reference, registry: `${docr.host}/acme` };
    const [one, two] = await Promise.all([imagesOf(options, docr.host), imagesOf(options, docr.host)]);
    const first = await named(one, await builtSkill('till'));
    const second = await named(two, await builtSkill('till'));
    expect(second.image.digest).toBe(first.image.digest);
    await one.push(first);
    const before = written(await docr.requests(), 'acme/till').length;
    await two.push(second);
    const after = await docr.requests();
    expect(written(after, 'acme/till')).toHaveLength(before);
    expect(after.at(-1)).toBe(`HEAD /v2/acme/till/manifests/${first.image.digest} 200`);
  });

  it('uploads a base layer once, and mounts it into the other repositories of the registry', async () => {
    const mine = await pushBase(hub.host, { architectures: ['amd64'] });
    const target = await startDockerRegistry();
    onTestFinished(() => target.close());
    const images = await imagesOf({ baseImage: mine.reference, registry: `${target.host}/acme` });
    const skills = await Promise.all(['a', 'b', 'c'].map(builtSkill));
    const all = await Promise.all(skills.map((skill) => named(images, skill)));
    await Promise.all(all.map((imaged) => images.push(imaged)));
    const layer = encodeURIComponent(mine.digests.layer);
    const requests = await target.requests();
    const uploads = requests.filter((one) => one.startsWith('PUT') && one.includes(`digest=${layer}`));
    const mounts = requests.filter((one) => one.startsWith('POST') && one.includes(`mount=${layer}`));
    expect(uploads).toHaveLength(1);
    expect(mounts.map((one) => one.split(' ').at(-1))).toEqual(['201', '201']);
  });

  it('reads the base image once, and caches it by digest', async () => {
    const folder = await tempDirectory();
    const options = { baseImage: base.reference, registry: `${docr.host}/acme`, cache: folder };
    const skill = await builtSkill('kept');
    const first = await named(await imagesOf(options), skill);
    const before = (await hub.requests()).length;
    expect((await named(await imagesOf(options), skill)).image.digest).toBe(first.image.digest);
    expect(await hub.requests()).toHaveLength(before);
  });

  it('continues after a broken upload, a rate limit and a server error, and leaves no partial image', async () => {
    const troubles = new Map<string, number>();
    const proxy = await startProxy(docr.host, ({ method, url = '' }) => {
      const kind = `${method} ${url.replace(/[?].*/, '').replace(/[0-9a-f-]{36}.*|sha256:.*/, '')}`;
      const n = troubles.get(kind) ?? 0;
      if (method === 'GET' || method === 'HEAD') return 'pass';
      troubles.set(kind, n + 1);
      if (n > 0) return 'pass';
      if (method === 'POST') return { status: 429, headers: { 'retry-after': '0' } };
      return kind.includes('/uploads/') ? 'cut' : { status: 503 };
    });
    const images = await imagesOf({ baseImage: base.reference, registry: `${proxy.host}/acme` }, proxy.host);
    const imaged = await named(images, await builtSkill('troubled'));
    await images.push(imaged);
    const { bytes } = await pull(docr, 'acme/troubled', imaged.image.digest);
    expect(digestOf(bytes)).toBe(imaged.image.digest);
    expect([...troubles.values()].every((n) => n > 1)).toBe(true);
    // Pushed only after everything that it names.
    const manifests = proxy.seen.findIndex((one) => one.startsWith('PUT') && one.includes('/manifests/'));
    expect(proxy.seen.slice(manifests).some((one) => one.includes('/uploads/'))).toBe(false);
  });

  it('reads a base image again if its cache is damaged', async () => {
    const cache = await tempDirectory();
    const options = { baseImage: base.reference, registry: `${docr.host}/acme`, cache };
    const skill = await builtSkill('shop');
    const first = await named(await imagesOf(options), skill);
    for (const file of await readdir(cache)) await writeFile(join(cache, file), '{');
    expect((await named(await imagesOf(options), skill)).image.digest).toBe(first.image.digest);
  });

  it.each([
    [{ status: 503 }, 'RegistryUnavailable', '503. The registry has a server error: deploy again later.'],
    [
      { status: 429, headers: { 'retry-after': '3600' } },
      'RegistryUnavailable',
      '429. Rate limit reached: wait, and deploy again.',
    ],
    ['gone', 'RegistryUnreachable', 'refuses the connection (ECONNREFUSED). Check the name of the registry'],
    ['no such host', 'RegistryUnreachable', 'has no address (E'],
    ['not trusted', 'RegistryUnreachable', 'is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). If its'],
    ['an open wire', 'RegistryRefused', 'http://auth.example.org is not https, so nothing is sent there.'],
  ] as const)('has a code for a base image whose registry answers %j', async (trouble, code, says) => {
    const baseImage = base.reference.replace(hub.host, await hostWith(trouble));
    const images = await imagesOf({ baseImage, registry: `${docr.host}/acme` }, docr.host);
    const skill = await builtSkill('shop');
    const error = await troubleOf(images.name(skill.root, skill.spec, skill.digest));
    expect(error.code).toBe(code);
    const repository = baseImage.replace(/@.*/, '');
    expect(error.message).toContain(`${repository}: could not read ${base.digests.index}: `);
    expect(error.message).toContain(says);
  });

  /** A registry with a fault, and its address. */
  async function hostWith(
    trouble: Exclude<Handling, 'pass' | 'cut'> | 'gone' | 'no such host' | 'not trusted' | 'an open wire',
  ): Promise<string> {
    if (typeof trouble === 'object') return (await startProxy(hub.host, () => trouble)).host;
    if (trouble === 'gone') return `127.0.0.1:${await freePort()}`;
    if (trouble === 'no such host') return 'registry.example.invalid';
    const realm =
      trouble === 'an open wire' ? 'http://auth.example.org/token' : `${await selfSignedServer()}/token`;
    const challenge = { 'www-authenticate': `Bearer realm="${realm}",service="r"` };
    return (await startProxy(hub.host, () => ({ status: 401, headers: challenge }))).host;
  }

  it.each([
    [403, 'quota is used up', '{"errors":[{"code":"DENIED","message":"storage quota of wrong-plan"}]}'],
    [404, 'Check the names', ''],
    [401, 'docker login', `deployer right-password, shown as Basic ${basicLogin}, is not welcome`],
  ])('says what to do about %i', async (status, advice, body) => {
    const proxy = await startProxy(docr.host, ({ method }) =>
      method === 'POST' ? { status, body } : 'pass',
    );
    const images = await imagesOf({ baseImage: base.reference, registry: `${proxy.host}/acme` }, proxy.host);
    const error = await troubleOf(images.push(await named(images, await builtSkill('refused'))));
    expect(error.code).toBe('RegistryRefused');
    expect(error.message).toContain(`${proxy.host}/acme/refused: could not push sha256:`);
    expect(error.message).toContain(advice);
    if (status === 403) expect(error.message).toContain('DENIED storage quota of wrong-plan');
    expect(error.message).not.toContain(registryUser.password);
    expect(error.message).not.toContain(basicLogin);
  });

  it('names the digest that pins a base image, and the platform of one without linux/amd64', async () => {
    const skill = await builtSkill('shop');
    const tagged = await imagesOf({ baseImage: `${hub.host}/library/tiny:1`, registry: `${docr.host}/acme` });
    const { digests } = await pushBase(hub.host, { architectures: ['arm64'] });
    const unpinned = await troubleOf(tagged.name(skill.root, skill.spec, skill.digest));
    expect(unpinned.code).toBe('InvalidBaseImage');
    expect(unpinned.message).toContain(`Pin it by its digest: ${hub.host}/library/tiny:1@${digests.index}`);
    const baseImage = `${hub.host}/library/tiny@${digests.index}`;
    const arm = await imagesOf({ baseImage, registry: `${docr.host}/acme` });
    await expect(arm.name(skill.root, skill.spec, skill.digest)).rejects.toThrow(
      'is for linux/arm64. App Platform runs linux/amd64',
    );
  });

  it('ends at once when the run is interrupted', async () => {
    const interrupted = new AbortController();
    const proxy = await startProxy(docr.host, ({ method }) => {
      if (method !== 'POST') return 'pass';
      interrupted.abort(new Error('interrupted'));
      return { status: 503 };
    });
    const options = { baseImage: base.reference, registry: `${proxy.host}/acme`, signal: interrupted.signal };
    const images = await imagesOf(options, proxy.host);
    const imaged = await named(images, await builtSkill('stopped'));
    await expect(images.push(imaged)).rejects.toThrow('interrupted');
  });
});
