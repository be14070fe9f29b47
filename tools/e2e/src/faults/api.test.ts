import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Workspace } from '../support/workspace.js';
import { type ApiRow, apiRows as allRows } from './api-rows.js';
import { chosenRows, rowsNow } from './chosen-rows.js';
import { expectRow } from './expect-row.js';
import { FaultPlatform } from './fault-platform.js';
import { type FaultEnd, FaultRun } from './fault-run.js';

const apiRows = rowsNow(allRows);

let run: FaultRun;
let platform: FaultPlatform;
const ends = new Map<string, FaultEnd>();
/** The rules of each skill, and how often each was used. */
const used = new Map<string, string[]>();

beforeAll(async ({}, suite) => {
  const rows = chosenRows(suite, apiRows);
  const skills = Object.fromEntries(rows.map(({ skill }) => [skill, {}]));
  run = await FaultRun.start(skills, { beforeClients: startFaultPlatform });
  for (const row of rows) await deployWithFaults(row);
  await run.converge();
}, 240_000);
afterAll(() => run.close());

async function startFaultPlatform(workspace: Workspace): Promise<void> {
  await workspace.killPlatform();
  platform = await FaultPlatform.start(join(workspace.root, '.local-platform'));
}

/** Deploys each skill in a separate run, so that no call of another row meets its faults. */
async function deployWithFaults({ skill, rules }: ApiRow): Promise<void> {
  await run.workspace.change(skill, { says: 'new' });
  const app = (await run.workspace.apps()).find(({ spec }) => spec.name === skill);
  await platform.fail(rules.map((rule) => rule.replace('<app>', app?.id ?? '')));
  ends.set(skill, await deploy(skill));
  const met = await platform.fail([]);
  used.set(
    skill,
    met.map((rule) => rule.replace(app?.id ?? '', '<app>')),
  );
}

/** Nx itself calls no API: only the night takes the time for it. */
function deploy(skill: string): Promise<FaultEnd> {
  return process.env['NIGHTLY'] ? run.deploy([skill]) : run.deployWarm([skill]);
}

for (const row of apiRows) {
  describe(row.name, () => {
    expectRow(row, () => ({ run, end: ends.get(row.skill) }));

    it('uses each of its rules as often as it says', () => {
      expect(used.get(row.skill)).toEqual(row.rules);
    });
  });
}
