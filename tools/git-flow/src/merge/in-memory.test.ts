import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { mergeBranches } from './merge-branches.js';
import type { BranchToMerge } from './result.js';

const skills = ['a', 'b', 'c', 'd', 'e', 'f'];
const filesOf = (skill: string, text: string) => ({
  [`skills/${skill}/main.js`]: text,
  [`skills/${skill}/lib/help.js`]: text,
});

/** The git commands that some work has started, according to git's own trace: https://git-scm.com/docs/api-trace2 */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const traces = await tempDirectory();
  vi.stubEnv('GIT_TRACE2_EVENT', traces);
  await work().finally(() => vi.unstubAllEnvs());
  const texts = await Promise.all(
    (await readdir(traces)).map((name) => readFile(join(traces, name), 'utf8')),
  );
  return texts.map((text) => /"event":"cmd_name".*?"name":"([^"]+)"/.exec(text)?.[1] ?? '').sort();
}

it('starts no process of git for a branch that has changed its own skill', async () => {
  const repository = await Repository.create(join(await tempDirectory(), 'alone'));
  await repository.commit(Object.assign({}, ...skills.map((skill) => filesOf(skill, skill))));
  const branches: BranchToMerge[] = [];
  for (const skill of skills) branches.push(await repository.branch(skill, filesOf(skill, 'changed')));
  const merge = (some: BranchToMerge[]) =>
    mergeBranches({ directory: repository.directory, into: 'main', branches: some });
  const forOne = await commandsOf(() => merge(branches.slice(0, 1)));
  const forFive = await commandsOf(() => merge(branches.slice(1)));
  expect(forFive).toEqual(forOne);
  expect(forOne).toEqual(expect.arrayContaining(['cat-file', 'hash-object', 'rev-list']));
  expect(forOne).not.toContain('merge-tree');
  for (const skill of skills)
    expect(await readFile(join(repository.directory, 'skills', skill, 'lib/help.js'), 'utf8')).toBe(
      'changed',
    );
  expect(await repository.git('fsck', '--strict', '--no-dangling')).toBe('');
});
