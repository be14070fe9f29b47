import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { filesNamed, wasEverHere } from './files-named.js';

let repository: Repository;
let cwd: string;

beforeEach(async () => {
  repository = await Repository.create(join(await tempDirectory(), 'first'));
  cwd = repository.directory;
  await repository.commit({
    'skills/a/skill.json': '{}',
    'skills/b/skill.json': '{}',
    'skills/b/main.js': '',
  });
});

describe('the files of a name', () => {
  const names = async () => {
    const files = await filesNamed(['skill.json'], { cwd });
    return [...new Set(files.map(({ path }) => basename(dirname(path))))].sort();
  };

  it('are those of the working tree, committed or not', async () => {
    await repository.write('more/c/skill.json', '{}');
    await repository.write('skills/d/other.json', '{}');
    expect(await names()).toEqual(['a', 'b', 'c']);
    await rm(join(cwd, 'skills/a'), { recursive: true });
    expect(await names()).toEqual(['b', 'c']);
  });

  it('are also those that a sparse checkout leaves out', async () => {
    await repository.git('sparse-checkout', 'set', '--cone', '--sparse-index', 'skills/a');
    expect(await names()).toEqual(['a', 'b']);
  });

  it('are also those of other working trees, and not of one that is gone', async () => {
    const other = join(cwd, '../other');
    await repository.git('worktree', 'add', '-q', other, '-b', 'other');
    await new Repository(other).write('skills/new/skill.json', '{}');
    expect(await names()).toEqual(['a', 'b', 'new']);
    await rm(other, { recursive: true });
    expect(await names()).toEqual(['a', 'b']);
  });
});

describe('a folder was here', () => {
  const was = (folder: string, commit?: string) => wasEverHere({ cwd, folder, file: 'skill.json', commit });

  it('where the history of HEAD has it, also by a merge', async () => {
    await repository.git('rm', '-q', '-r', 'skills/a');
    await repository.git('commit', '-qm', 'delete a');
    await repository.branch('c', { 'skills/c/skill.json': '{}' });
    expect([await was('a'), await was('b'), await was('c')]).toEqual([true, true, false]);
    await repository.git('merge', '-q', '--no-ff', '--no-edit', 'skill/c');
    expect(await was('c')).toBe(true);
    expect(await was('main.js')).toBe(false);
  });

  it('where it was seen at a commit that HEAD has, though no commit ever had it', async () => {
    const here = await repository.head('HEAD');
    const { commit: elsewhere } = await repository.branch('c');
    expect([await was('new', here), await was('new', elsewhere), await was('new')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await was('new', 'HEAD')).toBe(false);
    expect(await was('new', '0'.repeat(40))).toBe(false);
  });
});
