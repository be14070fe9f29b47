import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { dirtyPaths } from './dirty-paths.js';
import { inputsOf } from './inputs.js';

let repository: Repository;
let cwd: string;

beforeEach(async () => {
  repository = await Repository.create(await tempDirectory());
  cwd = repository.directory;
  await repository.commit({ 'skills/a/x': '1', 'skills/ab/x': '1', 'lib/x': '1', 'a*': '1' });
});

describe('inputsOf', () => {
  it('has the ids of folders and files, and none of what is not there', async () => {
    const commit = await repository.head('HEAD');
    expect(await inputsOf({ cwd, commit, paths: ['skills/a', 'skills/ab/', 'lib/x', 'none', '.'] })).toEqual({
      'skills/a': await repository.head('HEAD:skills/a'),
      'skills/ab/': await repository.head('HEAD:skills/ab'),
      'lib/x': await repository.head('HEAD:lib/x'),
      '.': await repository.head('HEAD^{tree}'),
    });
  });

  it('goes by the folder that it is asked in, and is the same of the same content', async () => {
    const commit = await repository.head('HEAD');
    const inputs = await inputsOf({ cwd: join(cwd, 'skills'), commit, paths: ['a', '../lib'] });
    expect(inputs).toEqual({
      a: await repository.head('HEAD:skills/a'),
      '../lib': await repository.head('HEAD:lib'),
    });
    expect(inputs['a']).toBe(await repository.head('HEAD:skills/ab'));
  });

  it('throws for a commit that is not in this clone', async () => {
    const commit = '1'.repeat(40);
    await expect(inputsOf({ cwd, commit, paths: ['lib'] })).rejects.toThrow(`has no commit ${commit}`);
  });
});

describe('dirtyPaths', () => {
  const paths = ['skills/a', 'skills/ab', 'lib/x', 'a*', 'none'];

  it('are none where all is committed, ignored or elsewhere', async () => {
    await repository.write('.git/info/exclude', 'dist\n');
    await repository.write('skills/a/dist/x', 'built');
    await repository.write('elsewhere', 'new');
    await repository.write('lib/new', 'new');
    expect(await dirtyPaths({ cwd, worktree: cwd, paths })).toEqual([]);
    expect(await dirtyPaths({ cwd, worktree: cwd, paths: [] })).toEqual([]);
  });

  it('are those with a file that is changed, staged, deleted or new, with its name', async () => {
    await repository.git('config', 'status.showUntrackedFiles', 'no');
    await repository.write('skills/a/ü/new', 'new');
    await repository.write('skills/a/x', '2');
    await repository.git('add', 'skills/a/x');
    await repository.git('mv', 'skills/ab/x', 'skills/ab/y');
    await rm(join(cwd, 'lib/x'));
    expect(await dirtyPaths({ cwd, worktree: cwd, paths })).toEqual([
      { path: 'skills/a', files: ['skills/a/x', 'skills/a/ü/new'] },
      { path: 'skills/ab', files: ['skills/ab/x', 'skills/ab/y'] },
      { path: 'lib/x', files: ['lib/x'] },
    ]);
    expect(await dirtyPaths({ cwd: join(cwd, 'skills'), worktree: cwd, paths: ['ab', '../lib'] })).toEqual([
      { path: 'ab', files: ['skills/ab/x', 'skills/ab/y'] },
      { path: '../lib', files: ['lib/x'] },
    ]);
  });
});
