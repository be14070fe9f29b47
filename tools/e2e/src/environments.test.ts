import type { App } from '@odoobo/app-platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { BuiltProduction } from './support/built-production.js';
import { type NxRun, Workspace } from './support/workspace.js';

// An environment of a placements file: another app in the same account, with secrets of its own.
let workspace: Workspace;
let production: BuiltProduction;
/** The id of the project that the apps of staging belong to. */
let project: string;

const secrets = { TOKEN: 'of-production', STAGING_TOKEN: 'of-staging' };

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  production = await BuiltProduction.start(workspace, 'shop', [
    'envs:',
    '  - { key: TOKEN, type: SECRET, scope: RUN_TIME }',
  ]);
  await workspace.write(
    'infra/do-gradient/placements.yaml',
    'placements:\n  - environment: staging\n    project: "Shop, staging"\n    secretsPrefix: STAGING_\n',
  );
  const { url, token } = production.cloud;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'Shop, staging', purpose: 'Web Application' });
  const created = await fetch(`${url}/v2/projects`, { method: 'POST', headers, body });
  project = ((await created.json()) as { project: { id: string } }).project.id;
  await workspace.commit('staging');
});
afterAll(async () => {
  await production.close();
  await workspace.close();
});

function nx(environment: string, target: string, ...options: string[]): Promise<NxRun> {
  return production.nx([target, 'shop', '-c', environment, ...options], secrets);
}

function deployWithoutNx(environment: string): Promise<NxRun> {
  return production.warm(['deploy', 'shop', `--environment=${environment}`], secrets);
}

async function environmentOf(app: App | undefined): Promise<Record<string, string>> {
  return (await (await fetch(`${app?.live_url}/environment`)).json()) as Record<string, string>;
}

it('has an app of its own with its own secret, and leaves production alone', async () => {
  const { exitCode, output } = await nx('staging', 'deploy');
  expect(exitCode, output).toBe(0);
  expect(output).toContain('Deploying 1 skill to App Platform');
  expect(output).toMatch(/shop-staging +created/);
  const apps = await production.apps();
  expect(apps.map(({ spec }) => spec.name)).toEqual(['shop-staging']);
  expect(await environmentOf(apps[0])).toMatchObject({ TOKEN: 'of-staging' });
  expect(apps[0]?.project_id).toBe(project);
  expect(await workspace.status('shop-staging')).toMatchObject({ deployment_status: 'DEPLOYED' });
  const started = (await workspace.records('run-started')).map((record) => record['environment']);
  expect(started).toEqual(['staging']);
});

it('is one app beside the one of production, whose name stays', async () => {
  const { exitCode, output } = await deployWithoutNx('production');
  expect(exitCode, output).toBe(0);
  const apps = await production.apps();
  expect(apps.map(({ spec }) => spec.name).sort()).toEqual(['shop', 'shop-staging']);
  expect(await environmentOf(apps.find(({ spec }) => spec.name === 'shop'))).toMatchObject({
    TOKEN: 'of-production',
  });
});

it('refuses uncommitted changes by its name', async () => {
  await workspace.change('shop', { says: 'not committed' });
  const { exitCode, output } = await deployWithoutNx('staging');
  await workspace.git('checkout', '-q', 'skills');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('shop-staging has uncommitted changes');
});

atNight(() => {
  it('is what merge proves a branch by', async () => {
    await workspace.git('switch', '-qc', 'skill/shop');
    await workspace.change('shop', { says: 'the branch' });
    await workspace.commit('the branch');
    const early = await nx('staging', 'merge');
    expect(early.exitCode).not.toBe(0);
    expect(early.output).toContain('deploy shop -c staging');
    const deployed = await nx('staging', 'deploy');
    expect(deployed.exitCode, deployed.output).toBe(0);
    const merged = await nx('staging', 'merge');
    expect(merged.exitCode, merged.output).toBe(0);
    await workspace.git('switch', '-q', 'main');
    expect(await production.ref('refs/deployed/staging/shop-staging')).not.toBe('');
  });

  it('is rolled back, checked and shown by the same option', async () => {
    const back = await nx('staging', 'rollback');
    expect(back.output).toMatch(/shop-staging +rolled back/);
    const checked = await nx('staging', 'healthcheck');
    expect(checked.output).toContain('shop-staging');
    expect((await nx('staging', 'logs')).exitCode).toBe(0);
    const shown = await production.nx(['monitor', '-c', 'staging', '--once', '--json'], secrets);
    expect(shown.output).toContain('"skill":"shop-staging","inWorkspace":true');
  });

  it('must be named by a file', async () => {
    const mistyped = await nx('stagign', 'deploy');
    expect(mistyped.output).toContain('There is no configuration "stagign". Did you mean "staging"?');
    const unknown = await workspace.nx(['deploy', 'shop', '--environment=demo']);
    expect(unknown.output).toContain('shop has no placement in the environment "demo"');
    expect(unknown.exitCode).not.toBe(0);
  });
});
