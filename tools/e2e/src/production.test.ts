import { type Platform, startPlatform } from '@odoobo/local-platform';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atNight } from './support/at-night.js';
import { type NxRun, Workspace } from './support/workspace.js';

// App Platform's stand-in is the local platform: it has the same API, and here it runs no services.
let workspace: Workspace;
let cloud: Platform;
let seen: number;

/** Settings for production; deploys to the local platform ignore them. */
const settings = `region: fra
alerts:
  - { rule: DEPLOYMENT_FAILED }
domains:
  - { domain: shop.example.com, type: PRIMARY }
ingress:
  rules:
    - match: { path: { prefix: / } }
      component: { name: shop }
      cors: { allow_origins: [{ exact: 'https://example.com' }], allow_methods: [GET] }
`;

beforeAll(async () => {
  const service = 'envs:\n  - { key: API_KEY, type: SECRET, scope: RUN_TIME }';
  workspace = await Workspace.create({
    shop: { service, spec: settings },
    till: { service: service.replace('API_KEY', 'TILL_KEY') },
  });
  cloud = await startPlatform({
    directory: join(workspace.root, '.local-platform/cloud'),
    progression: 'manual',
  });
});
afterAll(async () => {
  await cloud.close();
  await workspace.close();
});
beforeEach(() => {
  seen = cloud.requests.length;
});

function deploy(env: Record<string, string>, ...options: string[]): Promise<NxRun> {
  const args = ['run-many', '-t', 'deploy', '-c', 'production', `--platformUrl=${cloud.url}`, ...options];
  return workspace.nx(args, { DIGITALOCEAN_ACCESS_TOKEN: '', DO_ACCESS_TOKEN: '', ...env });
}

atNight(() => {
  it('wants a token, and says which variable holds it', async () => {
    const { exitCode, output } = await deploy({ API_KEY: 'x', TILL_KEY: 'y' });
    expect(exitCode).not.toBe(0);
    expect(output).toContain('Set DIGITALOCEAN_ACCESS_TOKEN');
  });
});

it('names everything that is missing before the first call', async () => {
  const { exitCode, output } = await deploy({ DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
  expect(exitCode).not.toBe(0);
  expect(output).toContain('API_KEY (secret): infra/do-gradient/shop/app-spec.yaml: services/0/envs/0');
  expect(output).toContain('TILL_KEY (secret): infra/do-gradient/till/app-spec.yaml: services/0/envs/0');
  expect(cloud.requests.slice(seen)).toEqual([]);
});

atNight(() => {
  it('says so where the token is refused, without showing it', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_wrong', API_KEY: 'x', TILL_KEY: 'y' };
    const { exitCode, output } = await deploy(env);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('GET /v2/apps: 401 unauthorized');
    expect(output).not.toContain('Interrupted');
    expect(output).not.toContain('dop_v1_wrong');
  });
});

it('sends what the App Spec says, with the digest and the secret, and follows it', async () => {
  const env = { DO_ACCESS_TOKEN: cloud.token, API_KEY: 'x-secret', TILL_KEY: 'y-secret' };
  const { output } = await deploy(env, '--timeout=2', '-p', 'shop');
  const created = cloud.requests.slice(seen).filter((request) => !request.startsWith('GET'));
  expect(created).toEqual(['POST /v2/apps']);
  const { apps } = (await (
    await fetch(`${cloud.url}/v2/apps`, { headers: { authorization: `Bearer ${cloud.token}` } })
  ).json()) as { apps: { spec: { services: object[] } }[] };
  expect(apps[0]?.spec).toMatchObject(parse(settings) as object);
  expect(apps[0]?.spec.services[0]).toMatchObject({
    github: { repo: 'acme/shop', branch: 'main' },
    instance_size_slug: 'apps-s-1vcpu-0.5gb',
    envs: [
      { key: 'API_KEY', type: 'SECRET', value: expect.stringMatching(/^EV\[1:/) },
      { key: 'SKILL_DIGEST', value: expect.stringMatching(/^sha256:/) },
    ],
  });
  // No test advances it, so the deadline passes; the deployment continues.
  expect(output).toMatch(/reason: DeadlineExceeded[\s\S]*the next deploy continues from there/);
});

it('does not ship to production because a token is in the environment', async () => {
  const { output } = await workspace.nx(['deploy', 'shop'], { DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
  expect(output).toContain('Deploying 1 skill to the local platform');
  expect(cloud.requests.slice(seen)).toEqual([]);
});
