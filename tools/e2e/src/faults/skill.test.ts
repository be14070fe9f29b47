import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { expectRows } from './expect-rows.js';
import { FaultRun, isDeploying, type FaultEnd } from './fault-run.js';
import {
  failingOnceLive,
  failingSkills,
  lateSkills,
  skillRows,
  unbuildableSkills,
  type SkillRow,
} from './skill-rows.js';

let run: FaultRun;
const ends: FaultEnd[] = [];

beforeAll(async () => {
  run = await FaultRun.start(Object.fromEntries(skillRows.map(({ skill, files = {} }) => [skill, files])));
  await run.workspace.write('.marks/there', '');
  ends.push(await deployNew(unbuildableSkills));
  // A version that fails its health check is given up after this time.
  ends.push(await deployNew([...failingSkills, ...failingOnceLive], '--timeout=12', '--smokeTest'));
  const late = deployNew(lateSkills);
  await run.untilRecorded('binds-late', 'progress', isDeploying);
  await run.workspace.write('.marks/late', '');
  ends.push(await late);
  for (const { skill, exitCode } of skillRows) {
    if (exitCode !== 0) await run.workspace.change(skill, { says: 'mended' });
  }
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

const groups = [unbuildableSkills, [...failingSkills, ...failingOnceLive], lateSkills];
groups.forEach((rows, index) => expectRows(rows, () => ({ run, end: ends[index] })));
