import { AppPlatformClient, type AppSpec, markKey } from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { type NxRun, Workspace } from './support/workspace.js';

// App Platform's stand-in is the local platform: it has the same API, and a test decides when a deployment is live.
let workspace: Workspace;
let cloud: Platform;
let client: AppPlatformClient;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {}, till: {} });
  cloud = await startPlatform({
    directory: join(workspace.root, '.local-platform/cloud'),
    progression: 'manual',
  });
  client = new AppPlatformClient({ url: cloud.url, token: cloud.token });
});

afterAll(async () => {
  await client.close();
  await cloud.close();
  await workspace.close();
});

/** An app created from a file with the official command line: no mark, a domain, another service with its secret. */
const byHand: AppSpec = {
  name: 'shop',
  region: 'fra',
  domains: [{ domain: 'shop.example.com', type: 'PRIMARY' }],
  services: [
    { name: 'shop', github: { repo: 'acme/shop', branch: 'main' } },
    {
      name: 'api',
      image: { registry_type: 'DOCR', repository: 'api', tag: '1' },
      envs: [{ key: 'API_KEY', type: 'SECRET', value: 'correct-horse-battery-staple' }],
    },
  ],
};

function deploy(...options: string[]): Promise<NxRun> {
  const args = [
    'deploy',
    'shop',
    '-c',
    'production',
    `--platformUrl=${cloud.url}`,
    '--timeout=60',
    ...options,
  ];
  return workspace.nx(args, { DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
}

function withoutNx(command: 'plan' | 'deploy'): Promise<NxRun> {
  const args = [command, 'shop', '--environment=production', `--platformUrl=${cloud.url}`];
  return workspace.warm(args, { DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
}

async function shop() {
  const app = (await client.listApps()).find(({ spec }) => spec.name === 'shop');
  if (!app) throw new Error('there is no app "shop"');
  return app;
}

/** Lets the deployment that a run starts go live, and waits for the run. */
async function live(run: Promise<NxRun>): Promise<NxRun> {
  let isOver = false;
  const over = run.finally(() => (isOver = true));
  const { active_deployment: before } = await shop();
  while (!isOver) {
    const { pending_deployment: coming } = await shop();
    if (coming && coming.id !== before?.id) await cloud.advance('shop', 'ACTIVE');
    else await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  return run;
}

it('does not change an app that this repository did not create, and says what it would lose and how to take it over', async () => {
  await client.createApp(byHand);
  await cloud.advance('shop', 'ACTIVE');
  const { id, spec } = await shop();
  const { exitCode, output } = await deploy();
  expect(exitCode).toBe(1);
  expect(output).toContain(
    `an app named "shop" (${id}) already exists, and no deploy from this repository created it`,
  );
  expect(output).toContain('would be removed: service api');
  expect(output).toContain('would be removed: domain shop.example.com');
  expect(output).toContain('npx nx deploy shop -c production --adopt');
  expect(output).not.toContain('correct-horse');
  expect((await shop()).spec).toEqual(spec);

  const plan = await withoutNx('plan');
  expect(plan.output).toContain('deploy refuses this');
  expect(plan.output).toContain('--adopt');
});

atNight(() => {
  it('does not roll it back either', async () => {
    const { exitCode, output } = await workspace.nx(
      ['rollback', 'shop', '-c', 'production', `--platformUrl=${cloud.url}`],
      { DIGITALOCEAN_ACCESS_TOKEN: cloud.token },
    );
    expect(exitCode).toBe(1);
    expect(output).toContain('was not changed: no deploy from this repository created it');
  });
});

it('takes it over with --adopt, keeps what the App Spec does not speak of, and knows it from then on', async () => {
  const before = (await shop()).spec.services?.find(({ name }) => name === 'api');
  expect(await live(deploy('--adopt'))).toMatchObject({ exitCode: 0 });
  const { spec } = await shop();
  expect(spec.services?.find(({ name }) => name === 'api')).toEqual(before);
  expect(spec).toMatchObject({ region: 'fra', domains: byHand.domains });
  expect(spec.envs?.find(({ key }) => key === markKey)?.value).toContain('"skill":"shop"');

  const again = await withoutNx('deploy');
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.output).toMatch(/✔ shop +unchanged/);
}, 180_000);
