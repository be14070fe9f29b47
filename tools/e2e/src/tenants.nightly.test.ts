import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuiltProduction } from './support/built-production.js';
import { Workspace } from './support/workspace.js';

// Twenty tenants of a skill, each with a secret of its own, and one with another that only its overlay has.
let workspace: Workspace;
let production: BuiltProduction;

const tenants = Array.from({ length: 20 }, (_, index) => `t${String(index + 10)}`);
const canaryOf = (tenant: string) => `canary-of-${tenant}-5b1c`;
const secrets = {
  ...Object.fromEntries(tenants.map((tenant) => [`${tenant.toUpperCase()}_TOKEN`, canaryOf(tenant)])),
  T10_EXTRA: `${canaryOf('t10')}-of-its-overlay`,
};
const overlay = ', overlay: { envs: [{ key: EXTRA, type: SECRET, scope: RUN_TIME }] }';

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { printsEnvironment: true } } });
  production = await BuiltProduction.start(workspace, 'shop', [
    'envs:',
    '  - { key: TOKEN, type: SECRET, scope: RUN_TIME }',
  ]);
  const entries = tenants.map(
    (tenant, index) =>
      `  - { name: ${tenant}, tenant: ${tenant}, secretsPrefix: ${tenant.toUpperCase()}_${index === 0 ? overlay : ''} }`,
  );
  await workspace.write('infra/do-gradient/shop/placements.yaml', `placements:\n${entries.join('\n')}\n`);
  await workspace.commit('tenants');
});
afterAll(async () => {
  await production.close();
  await workspace.close();
});

function nx(target: string, env: Record<string, string>, ...options: string[]) {
  return production.nx([target, 'shop', '-c', 'production', ...options], env);
}

async function names(): Promise<string[]> {
  return (await production.apps()).map(({ spec }) => spec.name);
}

/** The files in a folder that contain a text. */
async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name.startsWith('node_modules') || !(await stat(path)).isFile()) continue;
    if ((await readFile(path)).includes(text)) found.push(name);
  }
  return found;
}

it('that lack a secret fail, named; the others go on', async () => {
  const others = { ...secrets, T12_TOKEN: '' };
  const { exitCode, output } = await nx('deploy', others, '--tenants=t10,t11,t12');
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/shop-t10 +created/);
  expect(output).toMatch(/shop-t11 +created/);
  expect(output).toMatch(/shop-t12 +failed/);
  expect(output).toContain('T12_TOKEN (secret)');
});

it('get their own secret and no other, which is nowhere else', async () => {
  const { exitCode, output } = await nx('deploy', secrets);
  expect(exitCode, output).toBe(0);
  const logs = await nx('logs', secrets, '--placements=t10');
  expect(logs.output).toContain('TOKEN');
  const apps = await production.apps();
  expect(apps).toHaveLength(tenants.length);
  const first = apps.find(({ spec }) => spec.name === 'shop-t10');
  expect(await (await fetch(`${first?.live_url}/environment`)).json()).toMatchObject({
    EXTRA: secrets.T10_EXTRA,
  });
  for (const tenant of tenants) {
    const canary = canaryOf(tenant);
    for (const { spec, live_url: url } of apps) {
      const served = JSON.stringify(await (await fetch(`${url}/environment`)).json());
      expect(served.includes(canary), `${canary} in ${spec.name}`).toBe(spec.name === `shop-${tenant}`);
    }
    expect(JSON.stringify(apps)).not.toContain(canary);
    expect(output + logs.output).not.toContain(canary);
    expect(await filesWith(workspace.root, canary)).toEqual([]);
  }
});

it('keep their secrets out of the errors of a version that prints all of them and crashes', async () => {
  await workspace.change('shop', { printsEnvironment: true, fault: 'crashes' });
  await workspace.commit('crashes');
  const { exitCode, output } = await nx('deploy', secrets, '--tenants=t10,t11');
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/shop-t10 +failed/);
  for (const tenant of ['t10', 't11']) {
    expect(output).not.toContain(canaryOf(tenant));
    expect(await filesWith(workspace.root, canaryOf(tenant))).toEqual([]);
  }
  await workspace.change('shop', { printsEnvironment: true });
  await workspace.commit('works again');
});

it('are added and removed by a command that says what that costs and deletes, and does it with --yes', async () => {
  const tenant = async (...args: string[]) => {
    const { url, token } = production.cloud;
    const env = { ...secrets, DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token };
    return workspace.nxSkills(['tenant', ...args], env);
  };
  const file = 'infra/do-gradient/shop/placements.yaml';
  const before = await workspace.read(file);
  const add = ['add', 'globex', '--skills=shop', '--region=fra', '--domain=globex.example'];
  const asked = await tenant(...add);
  expect(asked.output).toMatch(/shop-globex +\$5\.00 a month +domain shop\.globex\.example/);
  expect(asked.output).toContain('Its secrets are read from GLOBEX_TOKEN.');
  expect(await workspace.read(file)).toBe(before);
  expect((await tenant(...add, '--yes')).exitCode).toBe(0);
  expect(await workspace.read(file)).toContain('name: globex');
  expect((await tenant(...add, '--yes')).output).toContain('already has a placement of "globex"');
  await workspace.commit('globex');
  const deployed = await nx('deploy', { ...secrets, GLOBEX_TOKEN: 'canary-of-globex' }, '--tenants=globex');
  expect(deployed.exitCode, deployed.output).toBe(0);
  const shown = await tenant('remove', 'globex');
  expect(shown.output).toMatch(/shop-globex +live +\$5\.00 a month/);
  for (const lost of [
    'domain shop.globex.example',
    'secret TOKEN',
    `It is in ${file}`,
    'Nothing was deleted',
  ])
    expect(shown.output).toContain(lost);
  expect(await names()).toContain('shop-globex');
  const removed = await tenant('remove', 'globex', '--yes');
  expect(removed.exitCode, removed.output).toBe(0);
  expect(await names()).not.toContain('shop-globex');
  expect(await names()).toHaveLength(tenants.length);
  expect(await workspace.read(file)).not.toContain('globex');
  expect((await tenant('remove', 'globx')).output).toContain('There is no tenant "globx" in production');
});

it('that would share a secret fail, named; the others go on', async () => {
  const file = 'infra/do-gradient/shop/placements.yaml';
  await workspace.write(
    file,
    (await workspace.read(file)).replace('secretsPrefix: T11_', 'secretsPrefix: T10_'),
  );
  await workspace.commit('one secret of two tenants');
  const { exitCode, output } = await nx('deploy', secrets, '--tenants=t10,t11,t12');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('the tenants "t11" and "t10" would share the variable T10_TOKEN');
  expect(output).toMatch(/shop-t12 +(unchanged|updated)/);
  expect(output).toMatch(/shop-t10 +failed/);
});
