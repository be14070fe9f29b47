import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serviceSource } from './support/service.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

/** A project whose folder, whose Nx name and whose app all have different names, with a `build` of its own. */
const folder = 'apps/orders-api';
const project = '@acme/orders';
const app = 'shop-orders';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ payments: {} });
  const own = JSON.parse(await workspace.read('package.json')) as object;
  await workspace.write('package.json', JSON.stringify({ ...own, workspaces: ['apps/*'] }));
  await workspace.write(
    `${folder}/package.json`,
    JSON.stringify({
      name: project,
      scripts: { build: `node --eval "fs.mkdirSync('dist/own', { recursive: true })"` },
    }),
  );
  await workspace.write(
    `${folder}/skill.json`,
    JSON.stringify({
      id: app,
      version: '1.0.0',
      description: 'A test.',
      runtime: 'node',
      entry: 'src/main.js',
      dependencies: ['payments'],
    }),
  );
  await workspace.write(`${folder}/src/main.js`, serviceSource({}));
  const spec = await workspace.read('infra/do-gradient/payments/app-spec.yaml');
  await workspace.write(`infra/do-gradient/${app}/app-spec.yaml`, spec.replaceAll('payments', app));
  await workspace.setOptions({ deployTargetName: 'ship' });
  await workspace.commit('orders');
  await rm(join(workspace.root, '.nx'), { recursive: true, force: true });
});
afterAll(() => workspace.close());

async function nx(...args: string[]): Promise<string> {
  const { exitCode, output } = await workspace.nx(args);
  expect(exitCode, output).toBe(0);
  return output;
}

it('is valid', async () => {
  expect(await nx('run', `${project}:validate`)).toContain(`${app} is valid`);
});

it('names the project and the renamed target in the commands that it advises', async () => {
  const { exitCode, output } = await workspace.nx(['run', `${project}:logs`]);
  expect(exitCode).toBe(1);
  expect(output).toMatch(
    /shop-orders is not on the local platform .* Deploy it: npx nx run @acme\/orders:ship$/m,
  );
});

it('deploys by the name of its app, after its own build and the skill that it needs', async () => {
  const output = await nx('run', `${project}:ship`);
  expect(existsSync(join(workspace.root, folder, 'dist/own'))).toBe(true);
  expect(output).toMatch(/shop-orders +created/);
  const names = (await workspace.apps()).map(({ spec }) => spec.name).sort();
  expect(names).toEqual(['payments', app]);
  expect((await workspace.status(app))['deployment_status']).toBe('DEPLOYED');
});

it('is found live by every target that looks for it', async () => {
  const checks = await nx('run-many', '-t', 'healthcheck', 'smoke-test', 'plan', '-p', project);
  expect(checks).toMatch(/shop-orders +healthy/);
  expect(checks).toContain('= shop-orders');
  expect(await nx('run', `${project}:logs`)).not.toBe('');
  expect(await nx('monitor', '--once')).toContain(app);
});

it('is rolled back', async () => {
  await workspace.write(`${folder}/src/main.js`, serviceSource({ says: 'new' }));
  const rolledBack = await nx('run', `${project}:ship`).then(() => nx('run', `${project}:rollback`));
  expect(rolledBack).toMatch(/shop-orders +rolled back/);
  await workspace.git('checkout', '-q', folder);
});

it('gets its branch and its worktree by the name of the app', async () => {
  expect(await nx('run', `${project}:worktree`)).toContain(`skill/${app}`);
  const worktree = join(`${workspace.root}-worktrees`, app);
  const checkout = workspace.checkout(worktree);
  await checkout.write(`${folder}/src/main.js`, serviceSource({ says: 'branch' }));
  await checkout.commit('branch');
  await nx('run', `${project}:ship`, '--worktrees', '--excludeTaskDependencies');
  const merged = await nx('run', `${project}:merge`);
  expect(merged).toMatch(/shop-orders +merged/);
});

it('is one entry of the workflow, with all of its names', async () => {
  const bin = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
  const { stdout } = await execa(process.execPath, [bin, 'changed', '--json', `--skills=${app}`], {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env },
    extendEnv: false,
  });
  expect(JSON.parse(stdout)).toEqual([{ skill: app, project, root: folder }]);
});
