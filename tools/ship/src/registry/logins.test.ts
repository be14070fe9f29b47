import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type Login, Logins } from './logins.js';

const auth = (login: string) => Buffer.from(login).toString('base64');

async function logins(config: string | object | undefined, env: NodeJS.ProcessEnv = {}): Promise<Logins> {
  const folder = await tempDirectory();
  const text = typeof config === 'object' ? JSON.stringify(config) : config;
  if (text !== undefined) await writeFile(join(folder, 'config.json'), text);
  return Logins.read({ DOCKER_CONFIG: folder, ...env });
}

async function found(
  config: object | undefined,
  registry: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Login | undefined> {
  return (await (await logins(config, env)).find(registry)).login;
}

/** A credential helper in a PATH of its own; its folder records its input. */
async function helper(name: string, script: string): Promise<{ env: NodeJS.ProcessEnv; folder: string }> {
  const folder = await tempDirectory();
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { env: { PATH: [folder, process.env['PATH']].join(delimiter) }, folder };
}

it.each([
  ['auth', { auth: auth('me:with:colon') }],
  ['auth of an old version', { auth: auth('me:with:colon\0\0') }],
  ['username and password', { username: 'me', password: 'with:colon' }],
  ['auth before the other two', { auth: auth('me:with:colon'), username: 'you', password: 'other' }],
])('reads %s', async (_what, entry) => {
  const login = await found({ auths: { 'ghcr.io': entry } }, 'ghcr.io');
  expect(login).toMatchObject({ user: 'me', password: 'with:colon' });
  expect(login?.from).toMatch(/config\.json$/);
});

it.each([
  ['docker.io', 'https://index.docker.io/v1/'],
  ['docker.io', 'index.docker.io'],
  ['docker.io', 'docker.io'],
  ['docker.io', 'registry-1.docker.io'],
  ['ghcr.io', 'https://ghcr.io'],
  ['ghcr.io', 'https://GHCR.io/v2/'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
])('finds the login of %s under %s', async (registry, key) => {
  const login = await found({ auths: { [key]: { auth: auth('me:it') } } }, registry);
  expect(login?.password).toBe('it');
});

it("prefers the name that docker itself writes to others of the same host, such as those of docker's tokens", async () => {
  const auths = {
    'https://index.docker.io/v1/access-token': { auth: auth('me:access') },
    'https://index.docker.io/v1/': { auth: auth('me:password') },
    'https://index.docker.io/v1/refresh-token': { auth: auth('me:refresh') },
  };
  expect((await found({ auths }, 'docker.io'))?.password).toBe('password');
});

it('distinguishes an identity token from a password', async () => {
  const entry = { auth: auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh-me' };
  expect(await found({ auths: { 'acme.azurecr.io': entry } }, 'acme.azurecr.io')).toMatchObject({
    password: 'refresh-me',
    identityToken: true,
  });
});

it('uses the tokens of the environment, each for its own registry', async () => {
  const tokens = {
    DIGITALOCEAN_ACCESS_TOKEN: 'do',
    GITHUB_TOKEN: 'gh',
    GITHUB_ACTOR: 'robot',
    DOCKERHUB_USERNAME: 'acme',
    DOCKERHUB_TOKEN: 'dh',
  };
  const known = await logins(undefined, tokens);
  const login = async (registry: string) => (await known.find(registry)).login;
  expect(await login('registry.digitalocean.com')).toEqual({
    user: 'do',
    password: 'do',
    from: 'DIGITALOCEAN_ACCESS_TOKEN',
  });
  expect(await login('ghcr.io')).toEqual({ user: 'robot', password: 'gh', from: 'GITHUB_TOKEN' });
  expect(await login('docker.io')).toEqual({ user: 'acme', password: 'dh', from: 'DOCKERHUB_TOKEN' });
  expect(await login('127.0.0.1:5000')).toBeUndefined();
});

it('treats an empty variable as not set', async () => {
  const env = { DO_ACCESS_TOKEN: 'do', GITHUB_TOKEN: '', DOCKERHUB_USERNAME: '', DOCKERHUB_TOKEN: 'dh' };
  expect((await found(undefined, 'registry.digitalocean.com', env))?.from).toBe('DO_ACCESS_TOKEN');
  expect(await found(undefined, 'ghcr.io', env)).toBeUndefined();
  expect(await found(undefined, 'docker.io', env)).toBeUndefined();
});

it('prefers the login of docker to the environment', async () => {
  const config = { auths: { 'ghcr.io': { auth: auth('me:mine') } } };
  expect((await found(config, 'ghcr.io', { GITHUB_TOKEN: 'gh' }))?.password).toBe('mine');
});

it.each([
  '{"auths": {"ghcr.io": {"auth": "bWU6c2VjcmV0"}}',
  '{"auths": {"ghcr.io": "bWU6c2VjcmV0"}}',
  '{"auths": {"ghcr.io": {"auth": "bWU6c2VjcmV0"}}, "credsStore": "../bWU6c2VjcmV0"}',
  '["bWU6c2VjcmV0"]',
])('reports a damaged file, without its content: %s', async (config) => {
  const error = await logins(config).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 'InvalidDockerConfig' });
  expect(String(error)).toContain('config.json is not a valid configuration of docker');
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('bWU6c2VjcmV0');
});

it('reports a damaged login, for the registry that needs it', async () => {
  const known = await logins({
    auths: { 'ghcr.io': { auth: 'c2VjcmV0' }, 'quay.io': { auth: auth('a:b') } },
  });
  expect((await known.find('quay.io')).login?.password).toBe('b');
  const error = await known.find('ghcr.io').catch((thrown: unknown) => String(thrown));
  expect(error).toContain('config.json: "auth" of ghcr.io is not valid');
  expect(error).not.toMatch(/c2VjcmV0|secret/);
});

it.each([
  ['its own helper', { credHelpers: { 'ghcr.io': 'test' }, credsStore: 'not-there' }, 'ghcr.io', 'ghcr.io'],
  ['the store of all', { credsStore: 'test' }, 'ghcr.io', 'ghcr.io'],
  [
    'a helper under the name of Docker Hub',
    { credHelpers: { 'index.docker.io': 'test' } },
    'docker.io',
    'https://index.docker.io/v1/',
  ],
])('asks %s, once', async (_what, config, registry, asked) => {
  const { env, folder } = await helper(
    'test',
    `[ "$1" = get ] && cat >> "$(dirname "$0")/asked" && echo '{"ServerURL":"x","Username":"me","Secret":"kept"}'`,
  );
  // The entry that docker writes next to a credential store.
  const known = await logins({ ...config, auths: { [registry]: {} } }, env);
  const [login] = (await Promise.all([known.find(registry), known.find(registry)])).map((one) => one.login);
  expect(login).toMatchObject({ user: 'me', password: 'kept' });
  expect(login?.from).toMatch(/^docker-credential-test, which .*config\.json names$/);
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(asked);
});

it('recognises a token of a helper', async () => {
  const { env } = await helper('test', `echo '{"Username":"<token>","Secret":"refresh-me"}'`);
  expect(await found({ credsStore: 'test' }, 'acme.azurecr.io', env)).toMatchObject({
    password: 'refresh-me',
    identityToken: true,
  });
});

it('continues if a helper has no login or fails, and says which and why', async () => {
  const none = await helper('test', 'echo credentials not found in native keychain; exit 1');
  const tokens = { ...none.env, GITHUB_TOKEN: 'gh' };
  expect((await found({ credsStore: 'test' }, 'ghcr.io', tokens))?.from).toBe('GITHUB_TOKEN');
  const fails = await helper('test', 'echo "secret: kept"; exit 3');
  for (const [store, env, why] of [
    ['not-there', fails.env, 'docker-credential-not-there is not installed, or not in PATH'],
    ['test', fails.env, 'docker-credential-test failed (exit code 3)'],
    ['test', (await helper('test', 'echo kept')).env, 'docker-credential-test returned no login'],
  ] as const) {
    const { login, advice } = await (await logins({ credsStore: store }, env)).find('quay.io');
    expect(login).toBeUndefined();
    expect(advice).toContain(`Run: docker login quay.io (${why}, which `);
    expect(advice).not.toContain('kept');
  }
});
