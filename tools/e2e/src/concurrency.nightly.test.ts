import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ one: {}, two: {} });
});
afterAll(() => workspace.close());

it('starts one platform for two terminals that deploy different skills at once', async () => {
  const runs = await Promise.all(['one', 'two'].map((skill) => workspace.nx(['deploy', skill])));
  expect(runs.map(({ exitCode, output }) => ({ exitCode, created: / created /.test(output) }))).toEqual([
    { exitCode: 0, created: true },
    { exitCode: 0, created: true },
  ]);
  expect(await workspace.status('one')).toMatchObject({ status: 'completed' });
  expect(await workspace.status('two')).toMatchObject({ status: 'completed' });
});

it('makes one deployment of the same skill from two terminals, and says whose', async () => {
  await workspace.change('one', { says: 'once' });
  const before = (await workspace.records('written')).length;
  const runs = await Promise.all([workspace.nx(['deploy', 'one']), workspace.nx(['deploy', 'one'])]);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect((await workspace.records('written')).slice(before)).toHaveLength(1);
  const outcomes = runs
    .map(({ output }) => /one +(updated|followed|unchanged) +sha256/.exec(output)?.[1])
    .sort();
  expect(['followed', 'unchanged']).toContain(outcomes[0]);
  expect(outcomes[1]).toBe('updated');
});
