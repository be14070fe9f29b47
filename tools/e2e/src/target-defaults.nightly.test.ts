import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

// Defaults of a workspace for targets that have the names of ours: Nx merges them over what the plugin infers.

let workspace: Workspace;
let nxJson: object;

beforeAll(async () => {
  workspace = await Workspace.create({ alpha: {} });
  nxJson = JSON.parse(await workspace.read('nx.json')) as object;
});
afterAll(() => workspace.close());

const write = (targetDefaults: object) =>
  workspace.write('nx.json', JSON.stringify({ ...nxJson, targetDefaults }));

it('refuses a deploy that Nx would answer from its cache, and deploys where the plugin is excluded', async () => {
  const deploy = { cache: true, dependsOn: ['build'] };
  await write({ deploy });
  const refused = await workspace.nx(['deploy', 'alpha']);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toContain('targetDefaults.deploy in nx.json sets "cache" of deploy');
  expect(refused.output).toContain('sets "dependsOn" of deploy: it lacks ^deploy');
  expect(refused.output).toContain('Add to targetDefaults in nx.json: "@odoobo/nx-skills:deploy": {}');
  await write({ deploy, '@odoobo/nx-skills:deploy': {} });
  expect((await workspace.nx(['deploy', 'alpha'])).output).toContain('1 created');
  await workspace.api(`/apps/${(await workspace.apps())[0]?.id}`, 'DELETE');
  // From the cache it would be unchanged.
  expect((await workspace.nx(['deploy', 'alpha'])).output).toContain('1 created');
});

it('refuses a build whose artefact would be missing after a cache hit', async () => {
  await write({ build: { outputs: ['{projectRoot}/lib'] } });
  const refused = await workspace.nx(['build', 'alpha']);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toContain('targetDefaults.build in nx.json sets "outputs" of build: it lacks');
  await write({ build: { outputs: ['{projectRoot}/dist'] } });
  expect((await workspace.nx(['build', 'alpha'])).exitCode).toBe(0);
});
