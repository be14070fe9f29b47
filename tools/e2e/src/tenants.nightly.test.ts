import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuiltProduction } from './support/built-production.js';
import { Workspace } from './support/workspace.js';

// Twenty tenants of a skill, each with a secret of its own.
let workspace: Workspace;
let production: BuiltProduction;

const tenants = Array.from({ length: 20 }, (_, index) => `t${String(index + 10)}`);
const canaryOf = (tenant: string) => `canary-of-${tenant}-5b1c`;
const secrets = Object.fromEntries(
  tenants.map((tenant) => [`${tenant.toUpperCase()}_TOKEN`, canaryOf(tenant)]),
);

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { printsEnvironment: true } } });
  production = await BuiltProduction.start(workspace, 'shop', [
    'envs:',
    '  - { key: TOKEN, type: SECRET, scope: RUN_TIME }',
  ]);
  const entries = tenants.map(
    (tenant) => `  - { name: ${tenant}, tenant: ${tenant}, secretsPrefix: ${tenant.toUpperCase()}_ }`,
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
  const { T12_TOKEN: _lacking, ...others } = secrets;
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
