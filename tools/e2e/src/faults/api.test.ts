import { join } from 'node:path';
import { ensurePlatform } from '@odoobo/local-platform/client';
import { afterAll, beforeAll } from 'vitest';
import type { Workspace } from '../support/workspace.js';
import { apiRows, lastingFaults, passingFaults, type ApiRow } from './api-rows.js';
import { expectRows } from './expect-rows.js';
import { FaultRun, type FaultEnd } from './fault-run.js';

let run: FaultRun;
const ends: FaultEnd[] = [];

beforeAll(async () => {
  const skills = Object.fromEntries(apiRows.map(({ skill }) => [skill, {}]));
  run = await FaultRun.start(skills, { beforeClients: startWithFaults });
  for (const { skill } of apiRows) await run.workspace.change(skill, { says: 'new' });
  for (const rows of [passingFaults, lastingFaults]) {
    ends.push(await run.deploy(rows.map(({ skill }) => skill)));
  }
  await run.converge();
}, 240_000);
afterAll(() => run.close());

/** The apps have their ids by now: the platform is started anew, with faults for each. Its services run on. */
async function startWithFaults(workspace: Workspace): Promise<void> {
  const apps = await workspace.apps();
  const idOf = (skill: string) => apps.find(({ spec }) => spec.name === skill)?.id ?? '';
  const rulesOf = ({ skill, rules }: ApiRow) => rules.map((rule) => rule.replace('<app>', idOf(skill)));
  await workspace.killPlatform();
  const flags = apiRows.flatMap(rulesOf).map((rule) => `--fault=${rule}`);
  await ensurePlatform(join(workspace.root, '.local-platform'), { flags });
}

[passingFaults, lastingFaults].forEach((rows, index) => expectRows(rows, () => ({ run, end: ends[index] })));
