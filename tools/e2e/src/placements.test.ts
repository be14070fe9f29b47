import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { Workspace } from './support/workspace.js';

// Placements on the local platform: two apps of a skill, from one build.
let workspace: Workspace;

const file = 'infra/do-gradient/placements.yaml';
const placements = `placements:
  - { name: eu, environment: local, region: fra, tenant: acme, overlay: { envs: [{ key: PLACE, value: in Europe }] } }
  - { name: us, environment: local, region: nyc, requestsPerSecond: 120 }
`;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { spec: 'envs: [{ key: PLACE, value: anywhere }]' } });
  await workspace.write(file, placements);
  await workspace.commit('placements');
});
afterAll(() => workspace.close());

async function places(): Promise<Record<string, readonly (string | undefined)[]>> {
  const apps = await workspace.apps();
  const asked = apps.map(async ({ spec, live_url: url }) => {
    const { PLACE } = (await (await fetch(`${url}/environment`)).json()) as Record<string, string>;
    return [spec.name, [spec.region, PLACE]] as const;
  });
  return Object.fromEntries(await Promise.all(asked));
}

it('are apps of their own, live side by side, each with its own line', async () => {
  const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('2 skills: 2 created.');
  expect(await places()).toEqual({ 'shop-eu': ['fra', 'in Europe'], 'shop-us': ['nyc', 'anywhere'] });
  expect(await workspace.status('shop-us')).toMatchObject({ deployment_status: 'DEPLOYED' });
});

it('are deployed alone where they are selected, and unknown ones are refused', async () => {
  await workspace.change('shop', { says: 'new' });
  const { output } = await workspace.nx(['deploy', 'shop', '--tenants=acme']);
  expect(output).toMatch(/shop-eu +updated/);
  expect(output).not.toContain('shop-us');
  const unknown = await workspace.warm(['rollback', 'shop', '--placements=eux']);
  expect(unknown.exitCode).not.toBe(0);
  expect(unknown.output).toContain('There is no placement "eux" in local. Did you mean "eu"?');
});

atNight(() => {
  it('are built once and deployed side by side from the worktree of the branch', async () => {
    await workspace.nx(['worktree', 'shop']);
    const { exitCode, output } = await workspace.nx(['deploy', 'shop', '--worktrees', '--allowOlder']);
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/shop-eu +(updated|unchanged)/);
    expect(output).toMatch(/shop-us +(updated|unchanged)/);
    const again = await workspace.nx(['deploy', 'shop', '--tenants=acme', '--allowOlder']);
    expect(again.exitCode, again.output).toBe(0);
  });

  it('are reported each, where the report is asked for the skill', async () => {
    const cli = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
    const args = [cli, 'report', '--json', '--skills=shop'];
    const { stdout } = await execa(process.execPath, args, { cwd: workspace.root });
    const report = JSON.parse(stdout) as { success: boolean; skills: { skill: string; status: string }[] };
    expect(report).toMatchObject({ success: true, skills: [{ skill: 'shop-eu', status: 'completed' }] });
  });

  it('are rolled back, checked, tested, planned and shown one by one, or all', async () => {
    const back = await workspace.nx(['rollback', 'shop', '--placements=eu']);
    expect(back.output).toMatch(/shop-eu +rolled back/);
    expect(back.output).not.toContain('shop-us');
    for (const target of ['healthcheck', 'smoke-test']) {
      const checked = await workspace.nx([target, 'shop']);
      expect(checked.exitCode, checked.output).toBe(0);
      expect(checked.output).toContain('shop-eu');
      expect(checked.output).toContain('shop-us');
    }
    const manifest = JSON.parse(await workspace.read('skills/shop/skill.json')) as object;
    const load = { requestsPerSecond: 5, perInstance: { 'apps-s-1vcpu-0.5gb': 50 } };
    await workspace.write('skills/shop/skill.json', JSON.stringify({ ...manifest, load }));
    const plan = await workspace.nx(['plan', 'shop', '--placements=us']);
    expect(plan.output).toContain('120 requests a second to shop need 3 x apps-s-1vcpu-0.5gb');
    expect((await workspace.nx(['plan', 'shop'])).output).toContain('5 requests a second to shop need 1 x');
    expect(plan.output).toMatch(/shop-us/);
    expect(plan.output).not.toContain('shop-eu');
    const logs = await workspace.nx(['logs', 'shop']);
    expect(logs.output).toContain('shop has 2 apps in local: eu, us. Choose one: --placements eu');
    expect((await workspace.nx(['logs', 'shop', '--placements=us'])).output).toContain('asked for health');
    const monitor = await workspace.nx(['monitor', '--once', '--json', '--tenants=acme']);
    expect(monitor.output).toContain('"skill":"shop-eu","inWorkspace":true');
    expect(monitor.output).toContain('"skill":"shop-us","inWorkspace":false');
    const all = await workspace.nx(['monitor', '--once']);
    expect(all.output).toMatch(/SKILL +eu +us\n +shop +1\.0\.0 [0-9a-f]{7} +1\.0\.0 [0-9a-f]{7}\n/);
  });

  it('that are wrong are named with their place, and stop nothing else', async () => {
    const wrong = placements.replace('region: nyc', 'overlay: { services: [{ name: web }] }');
    await workspace.write(file, wrong);
    const place = `${file}:3: placements/1/overlay/services/0/name: the App Spec has no service "web". It has: shop`;
    expect((await workspace.nx(['validate', 'shop'])).output).toContain(place);
    const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(place);
    expect(output).toMatch(/shop-eu +(updated|held|unchanged)/);
    await workspace.write(file, `${placements}  - { environment: local, nmae: x }\n`);
    expect((await workspace.nx(['deploy', 'shop'])).output).toContain(`${file}:4: placements/2/nmae`);
    await workspace.write(file, placements);
  });
});
