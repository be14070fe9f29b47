import { beforeEach, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { wasRewritten } from './rewritten.js';

let repository: Repository;
/** What is live. */
let live: string;

beforeEach(async () => {
  repository = await Repository.create(await tempDirectory());
  await repository.commit({ base: '1' });
  live = await repository.commit({ a: '1' }, 'live');
});

async function isRewritten(): Promise<boolean> {
  const commit = await repository.head('HEAD');
  return wasRewritten({ cwd: repository.directory, from: live, commit, branch: 'main' });
}

async function amend(text: string): Promise<void> {
  await repository.write('a', text);
  await repository.git('commit', '-q', '-a', '--amend', '-m', text);
}

it('knows a commit that was amended, also twice and with more on top', async () => {
  await amend('2');
  expect(await isRewritten()).toBe(true);
  await amend('3');
  await repository.commit({ b: '1' });
  expect(await isRewritten()).toBe(true);
});

it('knows a commit that was rebased', async () => {
  await repository.git('switch', '-qc', 'other', 'HEAD~1');
  await repository.commit({ other: '1' });
  await repository.git('rebase', '-q', 'other', 'main');
  expect(await isRewritten()).toBe(true);
});

it('does not take for it what was taken back, left out, or is of another branch', async () => {
  expect(await isRewritten()).toBe(false);
  await repository.git('reset', '-q', '--hard', 'HEAD~1');
  expect(await isRewritten()).toBe(false);
  await repository.commit({ a: '2' });
  expect(await isRewritten()).toBe(false);
  await amend('3');
  expect(await isRewritten()).toBe(false);
});

it('does not take for it what was amended, and taken back later', async () => {
  const before = await repository.head('HEAD~1');
  await amend('2');
  await repository.git('reset', '-q', '--hard', before);
  await repository.commit({ a: '3' });
  expect(await isRewritten()).toBe(false);
});
