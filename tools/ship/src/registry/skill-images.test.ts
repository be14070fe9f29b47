import type { AppSpec } from '@odoobo/app-platform';
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
import { writeImageLayout } from '../artefact/image-layout.js';
import { packLayer } from '../artefact/layer.js';
import { digestOf, pushBase, type PushedBase } from '../test-support/base-image.js';
import {
  type DockerRegistry,
  hasDockerRegistry,
  registryUser,
  startDockerRegistry,
} from '../test-support/docker-registry.js';
import { type Handling, startProxy } from '../test-support/proxy.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { ImageError } from './registry-error.js';
import { SkillImages, type SkillImagesOptions } from './skill-images.js';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const basicLogin = Buffer.from(`${registryUser.user}:${registryUser.password}`).toString('base64');

/** A built skill, and its App Spec with an image in DOCR. */
async function builtSkill(name: string): Promise<{ root: string; digest: string; spec: AppSpec }> {
  const root = join(await tempDirectory(), name);
  const contents = Buffer.from(`console.log('${name}', process.cwd().endsWith('/app'));`);
  const layer = await packLayer([{ path: 'main.mjs', contents }]);
  const entrypoint = ['node', '--enable-source-maps', 'main.mjs'];
  const digest = await writeImageLayout(root, layer, {
    name,
    version: '1.2.3',
    entrypoint,
  });
  const image = { registry_type: 'DOCR' as const, repository: name, digest };
  return { root, digest, spec: { name, services: [{ name, image }] } };
}

/** The images of a run that knows the registry's password. */
async function imagesOf(options: Partial<SkillImagesOptions>, host = ''): Promise<SkillImages> {
  const folder = await tempDirectory();
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth: basicLogin } } }));
  const env = { DOCKER_CONFIG: folder };
  const images = new SkillImages({ env, cache: join(folder, 'cache'), ...options });
  onTestFinished(() => images.close());
  return images;
}

async function named(images: SkillImages, skill: { root: string; digest: string; spec: AppSpec }) {
  const imaged = await images.name(skill.root, skill.spec, skill.digest);
  if (!imaged) throw new Error('no image');
  return imaged;
}

/** The error that an image fails with. */
async function troubleOf(work: Promise<unknown>): Promise<ImageError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ImageError) return error;
  throw new Error('expected an ImageError', { cause: error });
}

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

  /** Pulls an image from the registry as a container engine does. */
  async function pull(repository: string, digest: string) {
    const headers = { authorization: `Basic ${basicLogin}`, accept: manifestType };
    const get = async (path: string) => {
      const reply = await fetch(`http://${docr.host}/v2/${repository}/${path}`, { headers });
      if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
      return Buffer.from(await reply.arrayBuffer());
    };
    const bytes = await get(`manifests/${digest}`);
    const manifest = JSON.parse(bytes.toString()) as {
      config: { digest: string };
      layers: { digest: string; mediaType: string }[];
      annotations: object;
    };
    const blobs = [manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)];
    const [config = Buffer.of(), ...layers] = await Promise.all(blobs.map((blob) => get(`blobs/${blob}`)));
    return { bytes, manifest, config, layers };
  }

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

    const { bytes, manifest, config, layers } = await pull('acme/shop', imaged.image.digest);
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
    const { bytes } = await pull('acme/troubled', imaged.image.digest);
    expect(digestOf(bytes)).toBe(imaged.image.digest);
    expect([...troubles.values()].every((n) => n > 1)).toBe(true);
    // Pushed only after everything that it names.
    const manifests = proxy.seen.findIndex((one) => one.startsWith('PUT') && one.includes('/manifests/'));
    expect(proxy.seen.slice(manifests).some((one) => one.includes('/uploads/'))).toBe(false);
  });

  it('sends its login to the token server, requests pull and push, and sends only the token to the registry', async () => {
    const asked: string[] = [];
    const shown = new Set<string>();
    const proxy = await startProxy(hub.host, ({ url = '', headers }) => {
      if (url.startsWith('/token')) {
        asked.push(url);
        const known = headers.authorization === `Basic ${basicLogin}`;
        return known ? { status: 200, body: '{"token":"t-1"}' } : { status: 401 };
      }
      shown.add(headers.authorization ?? 'nothing');
      if (headers.authorization === 'Bearer t-1') return 'pass';
      const scope = 'repository:acme/tokens:pull';
      const realm = `Bearer realm="http://${headers.host}/token",service="r",scope="${scope}"`;
      return { status: 401, headers: { 'www-authenticate': realm } };
    });
    const images = await imagesOf({ baseImage: base.reference, registry: `${proxy.host}/acme` }, proxy.host);
    await images.push(await named(images, await builtSkill('tokens')));
    expect(new URLSearchParams(asked[0]?.split('?')[1]).getAll('scope')).toContain(
      'repository:acme/tokens:pull,push',
    );
    expect(asked).toHaveLength(1);
    expect([...shown].sort()).toEqual(['Bearer t-1', 'nothing']);
  });

  it('follows a redirect to other storage, without credentials', async () => {
    const shown: unknown[] = [];
    const storage = await startProxy(hub.host, ({ headers }) => {
      shown.push(headers.authorization);
      return 'pass';
    });
    const front = await startProxy(hub.host, ({ method, url = '', headers }) => {
      if (headers.authorization !== `Basic ${basicLogin}`)
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
      const isBlob = method === 'GET' && url.includes('/blobs/sha256:');
      return isBlob ? { status: 307, headers: { location: `http://${storage.host}${url}` } } : 'pass';
    });
    const baseImage = base.reference.replace(hub.host, front.host);
    const target = await startDockerRegistry();
    onTestFinished(() => target.close());
    const images = await imagesOf({ baseImage, registry: `${target.host}/acme` }, front.host);
    await images.push(await named(images, await builtSkill('far')));
    // The replies for the config and the layer.
    expect(shown).toEqual([undefined, undefined]);
  });

  it('reads a base image again if its cache is damaged', async () => {
    const cache = await tempDirectory();
    const options = { baseImage: base.reference, registry: `${docr.host}/acme`, cache };
    const skill = await builtSkill('shop');
    const first = await named(await imagesOf(options), skill);
    for (const file of await readdir(cache)) await writeFile(join(cache, file), '{');
    expect((await named(await imagesOf(options), skill)).image.digest).toBe(first.image.digest);
  });

  it('names the rejected login, never the password', async () => {
    const folder = await tempDirectory();
    const auth = Buffer.from('deployer:wrong-password').toString('base64');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [docr.host]: { auth } } }));
    const env = { DOCKER_CONFIG: folder };
    const images = await imagesOf({ baseImage: base.reference, registry: `${docr.host}/acme`, env });
    const error = await troubleOf(images.push(await named(images, await builtSkill('shop'))));
    expect(error.code).toBe('RegistryRefused');
    expect(error.message).toContain(`${docr.host}/acme/shop: could not look for the image: 401`);
    expect(error.message).toContain(`${folder}/config.json`);
    expect(error.message).toContain(`docker login ${docr.host}`);
    expect(error.message).not.toMatch(/wrong-password|ZGVwbG95/);
  });

  it.each([
    ['a helper', 'helped', { credsStore: 'test' }],
    [
      'username and password',
      'named',
      { auths: { host: { username: 'deployer', password: 'right-password' } } },
    ],
  ])('pushes with a login that docker stores as %s', async (_how, skill, config) => {
    const folder = await tempDirectory();
    const { user, password } = registryUser;
    const kept = JSON.stringify({ ServerURL: docr.host, Username: user, Secret: password });
    await writeFile(join(folder, 'docker-credential-test'), `#!/bin/sh\necho '${kept}'\n`, { mode: 0o755 });
    await writeFile(join(folder, 'config.json'), JSON.stringify(config).replace('"host"', `"${docr.host}"`));
    const env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` };
    const images = await imagesOf({ baseImage: base.reference, registry: `${docr.host}/acme`, env });
    const imaged = await named(images, await builtSkill(skill));
    await images.push(imaged);
    const { bytes } = await pull(`acme/${skill}`, imaged.image.digest);
    expect(digestOf(bytes)).toBe(imaged.image.digest);
  });

  it('sends an identity token to the token server only', async () => {
    const asked: string[] = [];
    const proxy = await startProxy(hub.host, ({ method, url = '', headers }) => {
      if (url.startsWith('/token')) {
        asked.push(`${method} ${headers.authorization ?? 'no header'}`);
        return method === 'POST' ? { status: 200, body: '{"access_token":"t-2"}' } : { status: 401 };
      }
      if (headers.authorization === 'Bearer t-2') return 'pass';
      const realm = `Bearer realm="http://${headers.host}/token",service="r"`;
      return { status: 401, headers: { 'www-authenticate': realm } };
    });
    const folder = await tempDirectory();
    const auths = { [proxy.host]: { auth: Buffer.from('00000:').toString('base64'), identitytoken: 'mine' } };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    const env = { DOCKER_CONFIG: folder };
    const images = await imagesOf({ baseImage: base.reference, registry: `${proxy.host}/acme`, env });
    await images.push(await named(images, await builtSkill('identity')));
    expect(asked).toEqual(['POST no header']);
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

  it.each(['http://storage.example.org/x', 'https://['])(
    'follows no redirect that is %s',
    async (location) => {
      const proxy = await startProxy(docr.host, ({ method }) =>
        method === 'POST' ? { status: 202, headers: { location } } : 'pass',
      );
      const options = { baseImage: base.reference, registry: `${proxy.host}/acme` };
      const images = await imagesOf(options, proxy.host);
      const error = await troubleOf(images.push(await named(images, await builtSkill('led-astray'))));
      expect(error.code).toBe('RegistryRefused');
      expect(error.message).toContain(`${proxy.host}/acme/led-astray: could not push sha256:`);
    },
  );

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
