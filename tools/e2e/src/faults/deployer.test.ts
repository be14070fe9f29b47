import { claim } from '@odoobo/machine/claim';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/poll.js';
import type { Answer } from '../support/traffic.js';
import { rowsNow } from './chosen-rows.js';
import {
  type DeployerRow,
  deployerRows as allRows,
  killedDeployers,
  stoppedDeployers,
  twoDeployers,
} from './deployer-rows.js';
import { expectRow } from './expect-row.js';
import { type Condition, type FaultEnd, FaultRun, isDeploying, isFollowing } from './fault-run.js';

const deployerRows = rowsNow(allRows);
const isNow = (row: DeployerRow) => deployerRows.includes(row);

let run: FaultRun;
let marks: string;
const ends = new Map<string, FaultEnd>();
/** The status file's entries of the skills whose deployers were asked to stop. */
const recorded: Record<string, string>[] = [];

beforeAll(async () => {
  marks = await mkdtemp(join(tmpdir(), 'marks-'));
  await mark('first', 'hang');
  const skills = deployerRows.map(({ skill, files }) => [skill, files?.(marks) ?? {}] as const);
  run = await FaultRun.start(Object.fromEntries(skills));
  for (const { skill, behaviour } of deployerRows) {
    await run.workspace.change(skill, { says: 'new', ...behaviour(marks) });
  }
  await kill();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    if (isNow(stoppedDeployers[signal])) await stop(signal);
  await deployFromTwoTerminals();
  await fixWrongVersion();
}, 300_000);
afterAll(async () => {
  await run.close();
  await rm(marks, { recursive: true });
});

async function mark(...names: string[]): Promise<void> {
  for (const name of names) await writeFile(join(marks, name), '');
}

const isRollback: Condition = (_, earlier) => earlier.some(({ type }) => type === 'rolling-back');

const isNew = ({ says }: Answer): boolean => says === 'new';

/** Stops all deployers at their steps, and kills them at once. */
async function kill(): Promise<void> {
  const { planned, written, deploying, verifying, rollingBack } = killedDeployers;
  const claims = await Promise.all([written, planned].filter(isNow).map(({ skill }) => holdClaim(skill)));
  await rm(join(marks, 'first'));
  const rows = Object.values<DeployerRow>(killedDeployers).filter(isNow);
  const end = await run.during(
    async () => {
      const deploy = run.startDeploy(
        rows.map(({ skill }) => skill),
        '--smokeTest',
      );
      if (isNow(planned)) await run.untilRecorded(planned.skill, 'waiting');
      if (isNow(deploying)) await run.untilRecorded(deploying.skill, 'progress', isDeploying);
      await run.untilRecorded(verifying.skill, 'verifying');
      await run.untilRecorded(rollingBack.skill, 'progress', isRollback);
      await claims[0]?.release();
      await run.untilRecorded(written.skill, 'written');
      for (const { skill } of [verifying, rollingBack])
        await until(`${skill} answers "new"`, async () => run.trafficOf(skill).answers.some(isNew));
      await run.workspace.killDeployers();
      return deploy.ended;
    },
    { goesOn: true },
  );
  await claims[1]?.release();
  for (const { skill } of rows) ends.set(skill, end);
}

function holdClaim(skill: string): Promise<{ release(): Promise<void> }> {
  return claim(join(run.workspace.root, `.nx/skills/claims/local-${skill}.jsonl`));
}

async function stop(signal: keyof typeof stoppedDeployers): Promise<void> {
  const { skill } = stoppedDeployers[signal];
  const interrupt = async () => {
    const deploy = run.startDeploy([skill]);
    await run.untilRecorded(skill, 'progress', isDeploying);
    await run.workspace.killDeployers(signal);
    return deploy.ended;
  };
  ends.set(skill, await run.during(interrupt, { goesOn: true }));
  recorded.push(await run.workspace.status(skill));
}

async function deployFromTwoTerminals(): Promise<void> {
  const { skill } = twoDeployers;
  const both = async () => {
    const deploys = [run.startDeploy([skill]), run.startDeploy([skill])];
    await run.untilRecorded(skill, 'planned', isFollowing);
    await mark('both');
    const runs = await Promise.all(deploys.map(({ ended }) => ended));
    return {
      exitCode: Math.max(...runs.map(({ exitCode }) => exitCode)),
      output: runs.map(({ output }) => output).join('\n'),
    };
  };
  ends.set(skill, await run.during(both, { goesOn: true }));
}

/** The deployments that are still in progress continue to their end while the next deploy follows them. */
async function fixWrongVersion(): Promise<void> {
  await rm(join(marks, 'hang'));
  await run.workspace.change(killedDeployers.rollingBack.skill, { says: 'fixed' });
  const followed = deployerRows.filter(({ thenReads }) =>
    thenReads?.some((text) => text.includes('followed')),
  );
  await run.converge(async () => {
    for (const { skill } of followed) await run.untilRecorded(skill, 'planned', isFollowing);
    await mark('go');
  });
}

for (const row of deployerRows)
  describe(row.name, () => expectRow(row, () => ({ run, end: ends.get(row.skill) })));

it('records what was interrupted, and the deployment that continues', () => {
  const interrupted = { status: 'interrupted', deployment: expect.stringMatching(/^[0-9a-f-]{36}$/) };
  expect(recorded.length).toBeGreaterThan(0);
  expect(recorded).toMatchObject(recorded.map(() => interrupted));
});
