import { beforeEach, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { pushBranch, remoteHead } from './push-branch.js';
import { remoteUrl } from './remotes.js';

let repository: Repository;

beforeEach(async () => {
  repository = await Repository.withOrigin(await tempDirectory());
});

function to(branch = 'main'): { cwd: string; remote: string; branch: string } {
  return { cwd: repository.directory, remote: 'origin', branch };
}

it('brings the branch of the remote to the commit, once', async () => {
  const commit = await repository.commit({ a: '1' });
  expect(await pushBranch({ ...to(), commit })).toBe(true);
  expect(await remoteHead(to())).toBe(commit);
  expect(await pushBranch({ ...to(), commit })).toBe(false);
});

it('makes a branch that the remote does not have', async () => {
  expect(await remoteHead(to('skill/a'))).toBeUndefined();
  const commit = await repository.head('HEAD');
  expect(await pushBranch({ ...to('skill/a'), commit })).toBe(true);
  expect(await remoteHead(to('skill/a'))).toBe(commit);
});

it('does not overwrite what others have pushed, and says what to do', async () => {
  const other = await repository.clone('other');
  const theirs = await other.commit({ b: '1' });
  await pushBranch({ ...to(), cwd: other.directory, commit: theirs });
  const ours = await repository.commit({ a: '1' });
  await expect(pushBranch({ ...to(), commit: ours })).rejects.toThrow(
    /^Could not push main to origin \(\S+\): it has commits that you do not have\. .*git pull origin main$/,
  );
  expect(await remoteHead(to())).toBe(theirs);
});

it('names the URL of a remote; none where there is none', async () => {
  expect(await remoteUrl('origin', to())).toMatch(/origin\.git$/);
  expect(await remoteUrl('nobody', to())).toBeUndefined();
});
