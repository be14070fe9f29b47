import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackageRegistry, startPackageRegistry } from '../support/registry.js';
import type { RegistryWorkspace } from '../support/registry-workspace.js';
import { Traffic } from '../support/traffic.js';
import { bareWorkspace } from './bare-workspace.js';
import { generatedServices } from './generated-services.js';
import { publishAll, unseenVersion } from './publish.js';
import { writtenServices } from './written-services.js';

// Needs the registries of npm and PyPI, and python3 with venv. One of them:
// NIGHTLY=true npx vitest run --root tools/e2e src/strangers/adopt -t express-shop

/** Hundreds of packages, some of which have to be downloaded. */
const installMs = 10 * 60_000;

let registry: PackageRegistry;
let workspace: RegistryWorkspace;

beforeAll(async () => {
  registry = await startPackageRegistry('@odoobo');
  await publishAll(registry, unseenVersion());
  workspace = await bareWorkspace(registry, '23.2.1');
  await workspace.npx('nx add @odoobo/nx-skills');
  await workspace.commit('Add the plugin');
}, installMs);
afterAll(async () => {
  await workspace.close();
  await registry.close();
});

async function urlOf(name: string): Promise<string> {
  const { skills } = JSON.parse(await workspace.read('WORKTREE_STATUS.json')) as {
    skills: Record<string, { url: string }>;
  };
  return skills[name]?.url ?? '';
}

describe.each([...generatedServices, ...writtenServices])('$name', ({ name, make, change, path }) => {
  const folder = `apps/${name}`;
  const page = async () => (await fetch(new URL(path, await urlOf(name)))).text();
  afterAll(() => workspace.run('git', ['switch', '-q', 'main']));

  it('is adopted without a change of its files', { timeout: installMs }, async () => {
    await make(workspace, folder);
    await workspace.commit(`Add ${name}`);
    await workspace.run('git', ['switch', '-qc', `skill/${name}`]);
    await workspace.npx(`nx g @odoobo/nx-skills:adopt ${name}`);
    const written = await workspace.run('git', ['status', '--porcelain', '--', folder]);
    expect(written).toBe(`?? ${folder}/skill.json`);
    await workspace.commit(`Adopt ${name}`);
  });

  // Next builds for a minute, twice.
  it('is deployed, and updated under load without losing a request', { timeout: installMs }, async () => {
    await workspace.npx(`nx deploy ${name} --smokeTest`);
    const first = await page();
    const text = await workspace.read(`${folder}/${change.file}`);
    expect(text).toContain(change.from);
    await workspace.write(`${folder}/${change.file}`, text.replace(change.from, change.to));
    await workspace.commit(`Change ${name}`);
    const traffic = new Traffic(new URL(path, await urlOf(name)).href, ['GET']);
    await workspace.npx(`nx deploy ${name} --smokeTest`);
    await traffic.stop();
    expect(traffic.answers.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(traffic.answers.length).toBeGreaterThan(0);
    expect(first).not.toContain('again');
    expect(await page()).toContain('again');
  });

  it('is merged because it passes the tests of its contract, and rolled back', async () => {
    expect(await workspace.npx(`nx merge ${name}`)).toMatch(new RegExp(`${name} +merged`));
    await workspace.npx(`nx rollback ${name}`);
    expect(await page()).not.toContain('again');
  });
});
