import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningServices } from './support/processes.js';
import type { Behaviour } from './support/service.js';
import { Workspace, type NxRun } from './support/workspace.js';

/** What is wrong with each skill, and what its user must read. */
const faults = {
  'builds-not': { fault: 'does-not-build', reads: ['builds-not/src/main.js', 'does-not-exist.js'] },
  crashes: { fault: 'crashes', reads: ['reason: DeployContainerExitNonZero', 'no database'] },
  'wrong-port': { fault: 'wrong-port', reads: ['reason: DeployContainerHealthChecksFailed'] },
  'answers-500': {
    fault: 'answers-500',
    reads: ['reason: DeployContainerHealthChecksFailed', '| .*asked for health, answering 500'],
  },
  hangs: { fault: 'hangs', reads: ['reason: DeployContainerHealthChecksFailed'] },
} satisfies Record<string, { fault: NonNullable<Behaviour['fault']>; reads: string[] }>;

const faulty = Object.keys(faults) as (keyof typeof faults)[];

let workspace: Workspace;
let run: NxRun;
let failedFor: number;

beforeAll(async () => {
  workspace = await Workspace.create(Object.fromEntries([...faulty, 'good'].map((name) => [name, {}])));
  const first = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(first.output).toContain('6 skills: 6 created.');
  for (const name of faulty) await workspace.change(name, { says: 'broken', fault: faults[name].fault });
  await workspace.change('good', { says: 'better' });
  const start = Date.now();
  run = await workspace.nx(['run-many', '-t', 'deploy']);
  failedFor = Date.now() - start;
}, 120_000);
afterAll(() => workspace.close());

async function answer(skill: string): Promise<string> {
  return (await fetch((await workspace.status(skill))['url'] ?? '')).text();
}

describe.each(faulty)('a skill that %s', (name) => {
  it('fails with the whole cause', () => {
    for (const text of faults[name].reads) expect(run.output).toMatch(new RegExp(text));
  });

  it('leaves what was live before', async () => {
    expect(await answer(name)).toBe('hello');
  });
});

it('fails the run, and lets the other skills go on', async () => {
  expect(run.exitCode).not.toBe(0);
  expect(run.output).toMatch(/good +updated/);
  expect(await answer('good')).toBe('better');
});

it('fails within the limits of the App Spec', () => {
  // A second of grace, two failures a second apart with a second each, and what Nx, the build and the start take.
  expect(failedFor).toBeLessThan(30_000);
});

it('says which deployment failed, in which step, and what is still live', () => {
  expect(run.output).toMatch(
    /crashes: failed after [^\n]+\n {2}reason: DeployContainerExitNonZero\n {2}step: [^\n]*crashes/,
  );
  expect(run.output).toMatch(/Deployment [0-9a-f-]{36} serves on/);
});

it('records what failed', async () => {
  expect(await workspace.status('crashes')).toMatchObject({
    status: 'failed',
    deployment_status: 'FAILED',
    error: expect.stringContaining('DeployContainerExitNonZero'),
  });
});

it('leaves one process a skill', async () => {
  expect(await runningServices(workspace.root)).toHaveLength(6);
});

it('converges once the faults are gone', async () => {
  for (const name of faulty) await workspace.change(name, { says: 'mended' });
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(output).toContain('6 skills: 5 updated, 1 unchanged.');
  expect(exitCode).toBe(0);
  expect(await answer('crashes')).toBe('mended');
});
