import { execa } from 'execa';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { readWorkspace } from './read-workspace.js';

it.each([
  [['feature', 'master'], 'master'],
  [['develop', 'main'], 'main'],
  [['feature'], 'main'],
])('of the branches %j, takes %s as the default branch', async (branches, expected) => {
  const root = await tempDirectory();
  const git = (...args: string[]) => execa('git', args, { cwd: root });
  await git('init', '--quiet', `--initial-branch=${branches[0]}`);
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  await git(...identity, 'commit', '--quiet', '--allow-empty', '--message=first');
  for (const branch of branches.slice(1)) await git('branch', branch);
  expect(await readWorkspace(root, root)).toMatchObject({ defaultBase: expected });
});
