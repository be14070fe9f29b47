import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuiltProduction } from './support/built-production.js';
import { Workspace } from './support/workspace.js';

// A freeze is in the origin, so it stops whoever deploys from it.
let workspace: Workspace;
let production: BuiltProduction;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  production = await BuiltProduction.start(workspace, 'shop', []);
});
afterAll(async () => {
  await production.close();
  await workspace.close();
});

function deploy(...options: string[]) {
  return production.nx(['deploy', 'shop', '-c', 'production', ...options]);
}

async function freeze(...options: string[]): Promise<{ exitCode: number | undefined; all: string }> {
  const cli = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
  const { exitCode, all } = await execa(process.execPath, [cli, 'freeze', ...options], {
    cwd: workspace.root,
    all: true,
    reject: false,
  });
  return { exitCode, all };
}

it('refuses deploys with the reason, and nothing is sent', async () => {
  expect((await freeze()).all).toBe('production is not frozen.');
  const { all } = await freeze('--until=2099-12-27T09:00+01:00', '--because=the sale');
  expect(all).toBe(
    'production is frozen until 2099-12-27 08:00 UTC (Test): the sale\nAll who deploy from origin see it.',
  );
  const { exitCode, output } = await deploy();
  expect(exitCode).not.toBe(0);
  expect(output).toContain(
    'Nothing was sent: production is frozen until 2099-12-27 08:00 UTC (Test): the sale\nDeploy anyway: --despite-freeze',
  );
  expect(await production.apps()).toEqual([]);
  const plan = await production.nx(['plan', 'shop', '-c', 'production']);
  expect(plan.output).toContain('Deploy needs --despite-freeze.');
  expect(plan.exitCode).toBe(0);
});

it('leaves the local platform alone', async () => {
  expect((await workspace.nx(['deploy', 'shop'])).output).toMatch(/shop +created/);
});

it('is recorded where a deploy is made despite it', async () => {
  const { exitCode, output } = await deploy('--despite-freeze');
  expect(exitCode, output).toBe(0);
  expect(output).toContain('the sale. This run deploys despite it.');
  const [run] = (await workspace.records('run-started')).slice(-1);
  expect(run).toMatchObject({
    environment: 'production',
    despite_freeze: { because: 'the sale', by: 'Test' },
  });
});

it('does not hold up a rollback or a restart', async () => {
  const { exitCode, output } = await production.nx(['restart', 'shop', '-c', 'production']);
  expect(exitCode, output).toBe(0);
});

it('ends when it is ended', async () => {
  expect((await freeze('--end')).all).toBe('production is not frozen any more.');
  expect((await deploy()).output).toContain('Nothing to deploy');
});

it.each([
  [['--until=2099-12-27'], 'A freeze needs both'],
  [['--until=2099-12-27T08:00', '--because=x'], 'Expected --until with a time and its zone'],
  [['--until=2020-12-27T08:00Z', '--because=x'], 'is in the past'],
  [['--end', '--because=x'], '--end cannot be combined'],
  [['-c', 'prodution'], 'Did you mean "production"?'],
])('refuses %j', async (options, message) => {
  const { exitCode, all } = await freeze(...options);
  expect(exitCode).toBe(2);
  expect(all).toContain(message);
});
