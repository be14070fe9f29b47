import { type DeployEvent, type DeployResult, ownCauseCodes } from '@odoobo/app-platform';
import { beforeEach, expect, it } from 'vitest';
import { isSuccess } from '../records/run-status.js';
import { SkillRepository } from '../test-support/skill-repository.js';
import { Overtaken } from './overtaken.js';
import type { PlacedTask } from './place-tasks.js';

let repository: SkillRepository;
/** Shipped from the second of three commits; another commit is on a parallel branch. */
let task: PlacedTask;
let commits: { older: string; newer: string; aside: string };

beforeEach(async () => {
  repository = await SkillRepository.create();
  const older = await repository.release('one');
  await repository.release('two');
  task = await repository.task();
  const newer = await repository.release('three');
  await repository.git('switch', '-qc', 'aside', older);
  commits = { older, newer, aside: await repository.release('aside') };
});

const pipeline = { CI: 'true' };

function failed(code: string, more: Partial<DeployResult> = {}): DeployResult {
  const cause = { code, message: 'another one is live', logTail: [] };
  return {
    skill: 'shop',
    outcome: 'superseded',
    action: 'update',
    digest: '-',
    durationMs: 1,
    cause,
    ...more,
  };
}

function overtakenBy(commit: string, repositoryOf = task.origin.repository): Partial<DeployResult> {
  const mark = { write: '1', skill: 'shop', artefact: '-', commit, repository: repositoryOf };
  return { overtakenBy: { deploymentId: 'theirs', mark } };
}

/** The event reported for a result, and the final result. */
async function endOf(result: DeployResult, env: NodeJS.ProcessEnv = pipeline): Promise<DeployResult> {
  const passed: DeployEvent[] = [];
  const overtaken = new Overtaken({ placed: [task], env, signal: new AbortController().signal });
  const at = new Date().toISOString();
  overtaken.pass({ type: 'finished', at, skill: 'shop', result }, (event) => void passed.push(event));
  const end = await overtaken.result(result);
  expect(passed).toEqual([{ type: 'finished', at, skill: 'shop', result: end }]);
  return end;
}

it('succeeds in a pipeline if the newer version contains it, and says so', async () => {
  const end = await endOf(failed(ownCauseCodes.overtaken, overtakenBy(commits.newer)));
  expect(isSuccess(end)).toBe(true);
  expect(end).toMatchObject({
    outcome: 'superseded',
    note: 'a newer version has overtaken it: another one is live',
  });
});

it('succeeds if the platform has built a newer commit of the branch than the pushed one', async () => {
  expect(isSuccess(await endOf(failed(ownCauseCodes.otherCommit, { commit: commits.newer })))).toBe(true);
  expect(isSuccess(await endOf(failed(ownCauseCodes.otherCommit, { commit: commits.aside })))).toBe(false);
});

it.each(['older', 'aside'] as const)('fails if the newer version is %s', async (which) => {
  const result = failed(ownCauseCodes.overtaken, overtakenBy(commits[which]));
  expect(await endOf(result)).toEqual(result);
});

it.each([
  ['is of another repository', () => overtakenBy(commits.newer, 'another')],
  ['is not known', () => ({ overtakenBy: { deploymentId: 'theirs' } })],
  ['is of a commit that is nowhere', () => overtakenBy('a'.repeat(40))],
])('fails where that %s', async (_, by) => {
  const result = failed(ownCauseCodes.overtaken, by());
  expect(await endOf(result)).toEqual(result);
});

it('fails on a developer machine, and for every other reason', async () => {
  const newer = overtakenBy(commits.newer);
  expect(isSuccess(await endOf(failed(ownCauseCodes.overtaken, newer), {}))).toBe(false);
  expect(isSuccess(await endOf(failed(ownCauseCodes.unhealthy, newer)))).toBe(false);
});
