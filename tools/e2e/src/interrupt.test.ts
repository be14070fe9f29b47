import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { runningServices } from './support/processes.js';
import { Workspace, type StartedRun } from './support/workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create({ slow: { failureThreshold: 50 } });
  await workspace.change('slow', { startsWhen: join(workspace.root, 'go') });
});
afterEach(() => workspace.close());

/** Deploys `slow` until its deployment is under way. */
async function deployUntilWritten(): Promise<{ run: StartedRun; deployment: string }> {
  const run = workspace.start(['run-many', '-t', 'deploy']);
  const [written] = await until('a deployment is under way', async () => {
    const records = await workspace.records('written').catch(() => []);
    return records.length > 0 && records;
  });
  return { run, deployment: String(written?.['deploymentId']) };
}

/** Deploys once more and expects it to follow the deployment that is under way. */
async function expectTakenUp(deployment: string): Promise<void> {
  const run = workspace.start(['run-many', '-t', 'deploy']);
  await until('the next deploy follows', async () =>
    (await workspace.records('planned')).some(({ action }) => action === 'follow'),
  );
  await workspace.write('go', '');
  const { exitCode, output } = await run.ended;
  expect(output).toMatch(new RegExp(`slow +followed +sha256:[0-9a-f]{12} +${deployment}`));
  expect(exitCode).toBe(0);
  expect(await workspace.records('written')).toHaveLength(1);
  expect(await runningServices(workspace.root)).toHaveLength(1);
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'after %s says what is under way; the next deploy takes it up',
  async (signal) => {
    const { run, deployment } = await deployUntilWritten();
    run.kill(signal);
    const { exitCode, output } = await run.ended;
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(new RegExp(`deployment ${deployment} .* goes on; the next deploy takes it up`));
    expect(await workspace.status('slow')).toMatchObject({ status: 'interrupted', deployment });
    await expectTakenUp(deployment);
  },
);

it('takes up what a deployer that was killed has started', async () => {
  const { run, deployment } = await deployUntilWritten();
  await workspace.killDeployers();
  await run.ended;
  await expectTakenUp(deployment);
});
