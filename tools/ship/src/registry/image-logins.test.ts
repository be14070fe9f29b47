import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf, pushBase, type PushedBase } from '../test-support/base-image.js';
import {
  type DockerRegistry,
  hasDockerRegistry,
  registryUser,
  startDockerRegistry,
} from '../test-support/docker-registry.js';
import { startProxy } from '../test-support/proxy.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { basicLogin, builtSkill, imagesOf, named, pull, troubleOf } from './skill-images.test.helper.js';

describe.skipIf(!hasDockerRegistry)('logins, against a real registry (needs docker-registry)', () => {
  let hub: DockerRegistry;
  let docr: DockerRegistry;
  let base: PushedBase;

  beforeAll(async () => {
    [hub, docr] = await Promise.all([startDockerRegistry(), startDockerRegistry({ login: true })]);
    base = await pushBase(hub.host);
  }, 60_000);
  afterAll(() => Promise.all([hub.close(), docr.close()]));

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
    writeFileSync(join(folder, 'docker-credential-test'), `#!/bin/sh\necho '${kept}'\n`, { mode: 0o755 });
    await writeFile(join(folder, 'config.json'), JSON.stringify(config).replace('"host"', `"${docr.host}"`));
    const env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` };
    const images = await imagesOf({ baseImage: base.reference, registry: `${docr.host}/acme`, env });
    const imaged = await named(images, await builtSkill(skill));
    await images.push(imaged);
    const { bytes } = await pull(docr, `acme/${skill}`, imaged.image.digest);
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
});
