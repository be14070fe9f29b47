import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Traffic } from '../support/traffic.js';
import { chosenRows, rowsNow } from './chosen-rows.js';
import { expectRow } from './expect-row.js';
import { type FaultEnd, FaultRun, isDeploying } from './fault-run.js';
import {
  beside,
  bindsLate,
  brokenForGood,
  deployedAgain,
  failingOnceLive,
  failingSkills,
  lateSkills,
  type SkillRow,
  skillRows as allRows,
  slowlyAsked,
  unbuildableSkills,
} from './skill-rows.js';

const skillRows = rowsNow(allRows);

let run: FaultRun;
const ends = new Map<string, FaultEnd>();
/** The status file's entry of each skill after the versions have failed. */
const recorded = new Map<string, Record<string, string>>();
/** Requests that take 3 s each. */
let slow: Traffic | undefined;

beforeAll(async ({}, suite) => {
  const needed = chosenRows(suite, skillRows);
  // It stays healthy while others of its run fail.
  const rows = needed.includes(beside) ? skillRows : needed;
  const chosen = (group: readonly SkillRow[]) => group.filter((row) => rows.includes(row));
  run = await FaultRun.start(Object.fromEntries(rows.map(({ skill, files = {} }) => [skill, files])));
  await run.workspace.write('.marks/there', '');
  await deployNew(chosen(unbuildableSkills));
  // After this time, the deploy gives up a version that fails its health check.
  await deployNew(
    chosen([...failingSkills, ...failingOnceLive, beside, deployedAgain]),
    '--timeout=12',
    '--smokeTest',
  );
  await deployNew(chosen([deployedAgain]));
  for (const { skill } of rows) recorded.set(skill, await run.workspace.status(skill));
  await deployLate(chosen(lateSkills));
  for (const { skill } of chosen(brokenForGood)) await run.workspace.change(skill, { says: 'repaired' });
  await run.converge();
}, 300_000);
afterAll(() => run.close());

async function deployNew(rows: readonly SkillRow[], ...options: string[]): Promise<void> {
  if (rows.length === 0) return;
  const marks = join(run.workspace.root, '.marks');
  for (const { skill, behaviour } of rows) {
    await run.workspace.change(skill, { says: 'new', ...behaviour(marks) });
  }
  const end = await run.deploy(
    rows.map(({ skill }) => skill),
    ...options,
  );
  for (const { skill } of rows) ends.set(skill, end);
}

async function deployLate(rows: readonly SkillRow[]): Promise<void> {
  if (rows.includes(slowlyAsked)) slow = new Traffic(`${run.trafficOf(slowlyAsked.skill).url}/?wait=3000`);
  const deployed = deployNew(rows);
  if (rows.includes(bindsLate)) await run.untilRecorded(bindsLate.skill, 'progress', isDeploying);
  await run.workspace.write('.marks/late', '');
  await deployed;
  await slow?.stop();
}

for (const row of skillRows)
  describe(row.name, () => expectRow(row, () => ({ run, end: ends.get(row.skill) })));

it('answers what takes longer than drain_seconds by the version that has begun on it', () => {
  const { answers = [] } = slow ?? {};
  expect(answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(new Set(answers.map(({ says }) => says))).toEqual(new Set(['earlier', 'new']));
});

it('records what failed, and why', () => {
  expect(recorded.get('crashes')).toMatchObject({
    status: 'failed',
    deployment_status: 'FAILED',
    error: expect.stringContaining('DeployContainerExitNonZero'),
  });
  expect(recorded.get('turns-500')).toMatchObject({
    status: 'failed',
    deployment_status: 'ROLLED_BACK',
    error: expect.stringContaining('HealthCheckFailed'),
  });
});
