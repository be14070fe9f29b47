import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { loginAdvice, Logins } from './logins.js';

const auth = (login: string) => Buffer.from(login).toString('base64');

async function logins(config: string | undefined, env: NodeJS.ProcessEnv = {}): Promise<Logins> {
  const folder = await tempDirectory();
  if (config !== undefined) await writeFile(join(folder, 'config.json'), config);
  return Logins.read({ DOCKER_CONFIG: folder, ...env });
}

it('knows the logins of docker, by each name that docker gives a registry', async () => {
  const config = {
    auths: {
      'https://index.docker.io/v1/': { auth: auth('me:hub') },
      'ghcr.io': { auth: auth('me:with:colon') },
      'kept.example.org': {},
    },
    credsStore: 'desktop',
  };
  const found = await logins(JSON.stringify(config));
  expect(found.find('docker.io')).toMatchObject({ user: 'me', password: 'hub' });
  expect(found.find('ghcr.io')).toMatchObject({ user: 'me', password: 'with:colon' });
  expect(found.find('kept.example.org')).toBeUndefined();
  expect(loginAdvice('kept.example.org')).toContain('credential helper');
});

it('knows the tokens of the environment, each for its own registry', async () => {
  const tokens = { DIGITALOCEAN_ACCESS_TOKEN: 'do', GITHUB_TOKEN: 'gh', GITHUB_ACTOR: 'robot' };
  const found = await logins(undefined, tokens);
  expect(found.find('registry.digitalocean.com')).toEqual({
    user: 'do',
    password: 'do',
    from: 'DIGITALOCEAN_ACCESS_TOKEN',
  });
  expect(found.find('ghcr.io')).toEqual({ user: 'robot', password: 'gh', from: 'GITHUB_TOKEN' });
  expect(found.find('docker.io')).toBeUndefined();
  expect(found.find('127.0.0.1:5000')).toBeUndefined();
  const other = await logins(undefined, { DO_ACCESS_TOKEN: 'do', GITHUB_TOKEN: '' });
  expect(other.find('registry.digitalocean.com')?.from).toBe('DO_ACCESS_TOKEN');
  expect(other.find('ghcr.io')).toBeUndefined();
});

it('takes the login of docker before the environment: somebody made it for this registry', async () => {
  const config = JSON.stringify({ auths: { 'ghcr.io': { auth: auth('me:mine') } } });
  expect((await logins(config, { GITHUB_TOKEN: 'gh' })).find('ghcr.io')?.password).toBe('mine');
});

it.each(['{"auths": {"ghcr.io": {"auth": "bWU6c2VjcmV0"}}', '{"auths": {"ghcr.io": "bWU6c2VjcmV0"}}'])(
  'says that the file is damaged, and nothing of what is in it: %s',
  async (config) => {
    const error = await logins(config).catch((thrown: unknown) => thrown as Error);
    expect(String(error)).toContain('config.json is not what docker writes there');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('bWU6c2VjcmV0');
  },
);
