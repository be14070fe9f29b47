import { beforeEach, describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { changedSince, commonBase, differsFrom } from './since-deployed.js';

let repository: Repository;
let here: { cwd: string };

beforeEach(async () => {
  repository = await Repository.create(await tempDirectory());
  here = { cwd: repository.directory };
});

describe('what has changed since a deploy', () => {
  it('counts only the given paths', async () => {
    const deployed = await repository.commit({ 'skills/a/x': '1', 'skills/b/x': '1' });
    await repository.commit({ 'skills/a/x': '2' });
    await repository.commit({ 'skills/a/y': '1', 'skills/b/x': '2' });
    expect(await changedSince(deployed, ['skills/a'], here)).toEqual({
      commit: deployed,
      commits: 2,
      files: ['skills/a/x', 'skills/a/y'],
    });
  });

  it('is nothing where it came and went', async () => {
    const deployed = await repository.commit({ a: '1' });
    await repository.commit({ a: '2' });
    await repository.commit({ a: '1' });
    expect(await changedSince(deployed, ['a'], here)).toMatchObject({ commits: 0, files: [] });
  });

  it('is nothing where the branch that was deployed has landed as one commit', async () => {
    await repository.git('switch', '-qc', 'skill/a');
    await repository.commit({ a: '1' });
    const deployed = await repository.commit({ a: '2' });
    await repository.git('switch', '-q', 'main');
    await repository.git('merge', '-q', '--squash', 'skill/a');
    await repository.git('commit', '-qm', 'squashed');
    await repository.git('branch', '-qD', 'skill/a');
    expect((await changedSince(deployed, ['a'], here)).files).toEqual([]);
  });

  it('throws for a commit that is not in this clone', async () => {
    await expect(changedSince('1'.repeat(40), ['a'], here)).rejects.toThrow('bad object');
  });
});

describe('the base of several deploys', () => {
  it('is what all of them and HEAD come from', async () => {
    const base = await repository.commit({ a: '1' });
    await repository.git('switch', '-qc', 'old');
    const onBranch = await repository.commit({ b: '1' });
    await repository.git('switch', '-q', 'main');
    const onMain = await repository.commit({ a: '2' });
    await repository.commit({ a: '3' });
    expect(await commonBase([onMain], here)).toBe(onMain);
    expect(await commonBase([onMain, onBranch, onMain], here)).toBe(base);
  });

  it('is none where there is nothing in common', async () => {
    await repository.git('switch', '-q', '--orphan', 'other');
    const other = await repository.commit({ c: '1' });
    await repository.git('switch', '-q', 'main');
    expect(await commonBase([other], here)).toBeUndefined();
  });
});

it('finds any difference from a commit: committed, changed, new or deleted', async () => {
  const { cwd } = here;
  const live = await repository.commit({ 'a/main.js': '1', 'b/main.js': '1' });
  const differs = () => differsFrom(live, ['a', 'package.json'], { cwd });
  await repository.commit({ 'b/main.js': '2' });
  expect(await differs()).toBe(false);
  await repository.write('a/main.js', '2');
  expect(await differs()).toBe(true);
  await repository.write('a/main.js', '1');
  expect(await differs()).toBe(false);
  await repository.write('package.json', '{}');
  expect(await differs()).toBe(true);
  await repository.commit({ 'package.json': '{}' });
  expect(await differs()).toBe(true);
  await expect(differsFrom('0'.repeat(40), ['a'], { cwd })).rejects.toThrow();
});
