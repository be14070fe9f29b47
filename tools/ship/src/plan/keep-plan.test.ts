import type { SkillPlan } from '@odoobo/app-platform';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { keepPlan } from './keep-plan.js';
import { type PlanPart, planSchema } from './plan.js';

function planOf(skill: string, more: Partial<SkillPlan> = {}): SkillPlan {
  const cost = { now: 5, after: 12 };
  return { skill, action: 'update', changes: [], cost, drift: { state: 'none', changes: [] }, ...more };
}

function partOf(run: string, ...skills: SkillPlan[]): PlanPart {
  const startedAt = '2026-01-01T00:00:00.000Z';
  return { run, startedAt, environment: 'local', platform: 'the local platform', skills };
}

async function readPlan(file: string) {
  return planSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

it('merges the plans of the batches of a run, and nothing of another run', async () => {
  const root = await tempDirectory();
  const file = join(root, 'out/plan.json');
  keepPlan(partOf('plan-1', planOf('old')), root, file);
  keepPlan(
    partOf('plan-2', planOf('b'), planOf('c', { action: 'none', cost: { unknown: 'why' } })),
    root,
    file,
  );
  const plan = keepPlan(
    partOf('plan-2', planOf('a', { action: 'create', cost: { now: 0, after: 5 } })),
    root,
    file,
  );
  expect(plan.skills.map(({ skill }) => skill)).toEqual(['a', 'b', 'c']);
  expect(plan.summary).toEqual({
    create: 1,
    update: 1,
    follow: 0,
    none: 1,
    held: 0,
    failed: 0,
    drifted: 0,
    cost: { now: 5, after: 17, skillsOfUnknownCost: 1 },
  });
  expect(await readPlan(file)).toEqual(plan);
});

it('loses no plan of many processes that plan at once', async () => {
  const root = await tempDirectory();
  const file = join(root, 'plan.json');
  const script = join(import.meta.dirname, '../../dist/test-support/plan-writer.js');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const writers = names.map((name) =>
    fork(script, [root, file, JSON.stringify(partOf('plan-1', planOf(name)))]),
  );
  await Promise.all(writers.map((writer) => once(writer, 'exit')));
  expect(writers.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
  expect((await readPlan(file)).skills.map(({ skill }) => skill)).toEqual(names);
});

it('keeps the last ten runs', async () => {
  const root = await tempDirectory();
  for (let run = 10; run < 25; run += 1) keepPlan(partOf(`plan-${run}`, planOf('a')), root, undefined);
  const kept = await readdir(join(root, '.nx/skills/plans'));
  expect(kept.sort()).toEqual(Array.from({ length: 10 }, (_, index) => `plan-${index + 15}.jsonl`));
});

it('says which file cannot be written, and keeps the cause', async () => {
  const root = await tempDirectory();
  await writeFile(join(root, 'taken'), '');
  const write = () => keepPlan(partOf('plan-1', planOf('a')), root, join(root, 'taken/plan.json'));
  expect(write).toThrow(`The plan could not be written to ${join(root, 'taken/plan.json')}.`);
  expect(write).toThrow(expect.objectContaining({ cause: expect.any(Error) as Error }) as Error);
});
