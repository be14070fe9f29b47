import { appendFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { Workshop } from './worktrees.test.helper.js';

let workshop: Workshop;
let administration: string;

/** A worktree with a staged change and an unstaged one. */
beforeEach(async () => {
  workshop = await Workshop.open();
  await workshop.repository.commit({ 'docs/a': 'a', 'docs/b': 'b' });
  await workshop.create(['alpha', 'other']);
  administration = join(workshop.repository.directory, '.git/worktrees/alpha');
  await workshop.worktree('alpha').write('docs/a', 'staged');
  await workshop.worktree('alpha').git('add', '.');
  await workshop.worktree('alpha').write('docs/b', 'not staged');
  await workshop.worktree('alpha').write('new', 'untracked');
});

const status = () => workshop.worktree('alpha').git('status', '--porcelain');
const everything = ['M  docs/a', ' M docs/b', '?? new'].join('\n');

async function expectRepaired(left = everything): Promise<void> {
  expect(await workshop.createOne('alpha')).toBe('repaired');
  expect(await status()).toBe(left);
  expect(await workshop.worktree('alpha').git('symbolic-ref', 'HEAD')).toBe('refs/heads/skill/alpha');
  expect(await workshop.createOne('alpha')).toBe('kept');
}

it('brings back a folder that was deleted, with what was staged', async () => {
  await rm(workshop.path('alpha'), { recursive: true });
  await expectRepaired('M  docs/a');
  expect(await readFile(join(workshop.path('alpha'), 'docs/a'), 'utf8')).toBe('staged');
});

it('brings back a folder and an index', async () => {
  await rm(workshop.path('alpha'), { recursive: true });
  await rm(join(administration, 'index'));
  await expectRepaired('');
});

it('ties a folder to the repository again whose .git file was deleted', async () => {
  await rm(join(workshop.path('alpha'), '.git'));
  await expectRepaired();
});

it('does so for a torn .git file, and for one that points nowhere', async () => {
  await truncate(join(workshop.path('alpha'), '.git'), 5);
  await expectRepaired();
  await writeFile(join(workshop.path('alpha'), '.git'), 'gitdir: /nowhere\n');
  await expectRepaired();
});

it('makes an index anew that was torn, and keeps the torn one', async () => {
  await truncate(join(administration, 'index'), 0);
  await expectRepaired(everything.replace('M  ', ' M '));
  expect((await readdir(administration)).some((name) => name.startsWith('index.broken-'))).toBe(true);
});

it('puts HEAD on the branch again where it was torn', async () => {
  await truncate(join(administration, 'HEAD'), 0);
  await expectRepaired();
});

it('finds a folder that was moved back to its place', async () => {
  const away = `${workshop.path('alpha')}-away`;
  await workshop.repository.git('worktree', 'move', workshop.path('alpha'), away);
  await rename(away, workshop.path('alpha'));
  await expectRepaired();
});

it('works where a killed git has left what stops every git command', async () => {
  await writeFile(join(administration, 'commondir'), '');
  await expect(status()).rejects.toThrow('commondir');
  expect(await workshop.createOne('other')).toBe('kept');
  expect(await status()).toBe(everything);
});

it('repairs nothing that is locked and away, as on a disk that is not plugged in', async () => {
  await workshop.repository.git('worktree', 'lock', '--reason', 'on a stick', workshop.path('alpha'));
  await rename(workshop.path('alpha'), `${workshop.path('alpha')}-away`);
  const error = await workshop.createOne('alpha');
  expect(error).toContain('is locked (on a stick) and missing');
  expect(error).toContain(`git worktree unlock ${workshop.path('alpha')}`);
  expect(await readdir(workshop.base)).toEqual(['alpha-away', 'other']);
});

it('keeps a locked worktree that is there', async () => {
  await workshop.repository.git('worktree', 'lock', workshop.path('alpha'));
  expect(await workshop.createOne('alpha')).toBe('kept');
});

it('leaves a repository alone that has taken the place of a worktree', async () => {
  await rename(workshop.path('alpha'), `${workshop.path('alpha')}-away`);
  await workshop.repository.git('clone', '-q', '.', workshop.path('alpha'));
  await appendFile(join(workshop.path('alpha'), 'README.md'), 'mine');
  expect(await workshop.createOne('alpha')).toContain('is a repository of its own, so it was not changed');
  expect(await status()).toBe(' M README.md');
});

it('leaves a worktree of another repository alone', async () => {
  const other = await workshop.repository.clone('stranger');
  await rm(workshop.path('alpha'), { recursive: true });
  await other.git('worktree', 'add', '-q', '-b', 'skill/alpha', workshop.path('alpha'));
  expect(await workshop.createOne('alpha')).toContain('belongs to another repository');
  expect(await status()).toBe('');
});
