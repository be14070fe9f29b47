import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/poll.js';
import { runningServices } from '../support/processes.js';
import { expectRow } from './expect-row.js';
import { type FaultEnd, FaultRun, isDeploying } from './fault-run.js';
import { platformRow, platformRows } from './platform-rows.js';

let run: FaultRun;
let end: FaultEnd | undefined;
/** The process ids of the services: before the kill, and after the restart of the platform. */
const pids: number[][] = [];

beforeAll(async () => {
  const skills = platformRows.map(({ skill }) => [skill, { initialDelay: 600 }] as const);
  run = await FaultRun.start(Object.fromEntries(skills));
  pids.push(await servicePids());
  const go = join(run.workspace.root, '.marks/go');
  await run.workspace.change(platformRow.skill, { says: 'new', startsWhen: go });
  end = await run.during(async () => {
    const deploy = run.startDeploy([platformRow.skill]);
    await run.untilRecorded(platformRow.skill, 'progress', isDeploying);
    await run.workspace.killPlatform();
    await until('the platform is back', () => run.workspace.apps().catch(() => undefined));
    pids.push(await servicePids());
    await run.workspace.write('.marks/go', '');
    return deploy.ended;
  });
  await run.converge();
}, 240_000);
afterAll(() => run.close());

async function servicePids(): Promise<number[]> {
  return (await runningServices(run.workspace.root)).map(({ pid }) => pid);
}

for (const row of platformRows) describe(row.name, () => expectRow(row, () => ({ run, end })));

it('leaves the services running, in the same processes', () => {
  const [before = [], after] = pids;
  expect(before).toHaveLength(2);
  expect(after).toEqual(expect.arrayContaining(before));
});
