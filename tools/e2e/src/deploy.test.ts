import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({
    alpha: {},
    beta: { manifest: { dependencies: ['alpha'] } },
    gamma: {},
  });
});
afterAll(() => workspace.close());

async function answer(skill: string): Promise<string> {
  return (await fetch((await workspace.status(skill))['url'] ?? '')).text();
}

it('brings all skills live with one command, and closes with a table of their URLs', async () => {
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(output).toContain('3 skills: 3 created.');
  expect(exitCode).toBe(0);
  for (const skill of ['alpha', 'beta', 'gamma']) {
    const { url, digest, status, deployment_status } = await workspace.status(skill);
    expect({ status, deployment_status }).toEqual({ status: 'completed', deployment_status: 'DEPLOYED' });
    expect(output).toMatch(
      new RegExp(`${skill} +created +${digest?.slice(0, 19)} +[0-9a-f-]{36} +${url} +[0-9.]+ s`),
    );
    expect(await answer(skill)).toBe('hello');
  }
  expect(output).not.toMatch(/\u001b/);
});

it('deploys what a skill depends on first', async () => {
  const order = (await workspace.records('active')).map(({ skill }) => skill);
  expect(order.indexOf('alpha')).toBeLessThan(order.indexOf('beta'));
});

it('writes nothing when nothing changed, and says so', async () => {
  const writes = await workspace.records('written');
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(output).toContain('Nothing to deploy: 3 skills are already up to date.');
  expect(exitCode).toBe(0);
  expect(await workspace.records('written')).toEqual(writes);
});

it('ships an edit in one skill, and only that one', async () => {
  await workspace.change('gamma', { says: 'goodbye' });
  const before = (await workspace.records('written')).length;
  const { output } = await workspace.nx(['affected', '-t', 'deploy']);
  expect(output).toContain('1 skill: 1 updated.');
  expect((await workspace.records('written')).slice(before)).toMatchObject([{ skill: 'gamma' }]);
  expect([await answer('alpha'), await answer('gamma')]).toEqual(['hello', 'goodbye']);
});

atNight(() => {
  it('gives the same result in a process of its own', async () => {
    await workspace.change('alpha', { says: 'forked' });
    const { exitCode, output } = await workspace.nx(['run', 'alpha:deploy'], { NX_BATCH_MODE: 'false' });
    expect(output).toMatch(/alpha +updated/);
    expect(exitCode).toBe(0);
    expect(await answer('alpha')).toBe('forked');
  });

  it('shows one table where Nx deploys in two batches, because a part of the builds was cached', async () => {
    await workspace.change('beta', { says: 'two batches' });
    const { output } = await workspace.nx(['run-many', '-t', 'deploy']);
    expect(output.match(/SKILL +RESULT/g)).toHaveLength(1);
    expect(output).toContain('3 skills: 2 unchanged, 1 updated.');
  });
});

it('keeps the entries of skills that a run does not touch, and a log a run and a skill', async () => {
  expect(await workspace.status('beta')).toMatchObject({ status: 'completed' });
  const [run] = await workspace.records('run-started');
  const log = `logs/deployments/${String(run?.['run']).replace(/-[0-9a-f]{4}$/, '')}`;
  expect(await workspace.read(`${log}.log`)).toMatch(/ beta planned: create\n/);
  expect(await workspace.read(`${log}-beta.log`)).toMatch(/deployed after/);
});
