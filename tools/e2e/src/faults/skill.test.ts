import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRows } from './expect-rows.js';
import { Traffic } from '../support/traffic.js';
import { FaultRun, isDeploying, type FaultEnd } from './fault-run.js';
import {
  beside,
  deployedAgain,
  failingOnceLive,
  failingSkills,
  lateSkills,
  skillRows,
  slowlyAsked,
  unbuildableSkills,
  type SkillRow,
} from './skill-rows.js';

const broken = [...failingSkills, ...failingOnceLive, beside];
/** What fails for good, or did. */
const mended = [...unbuildableSkills, ...failingSkills, ...failingOnceLive, deployedAgain];

let run: FaultRun;
/** What the status file says of two skills when their versions have failed. */
let recorded: Record<string, string>[];
const ends: FaultEnd[] = [];
/** Requests that take 3 s each. */
let slow: Traffic;

beforeAll(async () => {
  run = await FaultRun.start(Object.fromEntries(skillRows.map(({ skill, files = {} }) => [skill, files])));
  await run.workspace.write('.marks/there', '');
  ends.push(await deployNew(unbuildableSkills));
  // A version that fails its health check is given up after this time.
  ends.push(await deployNew([...broken, deployedAgain], '--timeout=12', '--smokeTest'));
  ends.push(await deployNew([deployedAgain]));
  recorded = await Promise.all(['crashes', 'turns-500'].map((skill) => run.workspace.status(skill)));
  slow = new Traffic(`${run.trafficOf(slowlyAsked).url}/?wait=3000`);
  const late = deployNew(lateSkills);
  await run.untilRecorded('binds-late', 'progress', isDeploying);
  await run.workspace.write('.marks/late', '');
  ends.push(await late);
  await slow.stop();
  for (const { skill } of mended) await run.workspace.change(skill, { says: 'mended' });
  await run.converge();
}, 300_000);
afterAll(() => run.close());

async function deployNew(rows: readonly SkillRow[], ...options: string[]): Promise<FaultEnd> {
  const marks = join(run.workspace.root, '.marks');
  for (const { skill, behaviour } of rows) {
    await run.workspace.change(skill, { says: 'new', ...behaviour(marks) });
  }
  return run.deploy(
    rows.map(({ skill }) => skill),
    ...options,
  );
}

[unbuildableSkills, broken, [deployedAgain], lateSkills].forEach((rows, index) =>
  expectRows(rows, () => ({ run, end: ends[index] })),
);

it('answers what takes longer than drain_seconds by the version that has begun on it', () => {
  const { answers } = slow;
  expect(answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(new Set(answers.map(({ says }) => says))).toEqual(new Set(['earlier', 'new']));
});

it('records what failed, and why', () => {
  expect(recorded).toMatchObject([
    {
      status: 'failed',
      deployment_status: 'FAILED',
      error: expect.stringContaining('DeployContainerExitNonZero'),
    },
    {
      status: 'failed',
      deployment_status: 'ROLLED_BACK',
      error: expect.stringContaining('HealthCheckFailed'),
    },
  ]);
});
