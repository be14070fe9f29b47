import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { createWorktrees } from './create-worktrees.js';
import { Workshop } from './worktrees.test.helper.js';

const many = process.env['NIGHTLY'] ? 100 : 12;

it(`makes ${many} worktrees side by side, and none is lost`, async () => {
  const workshop = await Workshop.open();
  const skills = Array.from({ length: many }, (_, index) => `s${index}`);
  const results = await workshop.create(skills);
  expect(results.filter(({ error }) => error)).toEqual([]);
  expect((await readdir(workshop.base)).length).toBe(many);
  expect((await workshop.repository.git('branch', '--list', 'skill/*')).split('\n').length).toBe(many);
  expect((await workshop.create(skills)).every(({ action }) => action === 'kept')).toBe(true);
}, 60_000);

it('serves runs that begin at the same time: each worktree is made once', async () => {
  const workshop = await Workshop.open();
  const turns = pLimit(1);
  const claim = () =>
    new Promise<{ release(): Promise<void> }>((granted) => {
      void turns(() => new Promise<void>((done) => granted({ release: async () => done() })));
    });
  const runs = await Promise.all(
    ['a', 'b', 'c'].map((third) => workshop.create(['one', 'two', third], { claim })),
  );
  const actions = runs.flat().map(({ action }) => action);
  expect(actions.filter((action) => action === 'created').length).toBe(5);
  expect(actions.filter((action) => action === 'kept').length).toBe(4);
});

it('leaves nothing behind of what was interrupted, neither folder nor branch', async () => {
  const workshop = await Workshop.open();
  await workshop.repository.commit({ '.gitattributes': '* filter=slow\n', large: 'x' });
  const started = join(workshop.base, '..', 'started');
  await workshop.repository.git('config', 'filter.slow.smudge', `sh -c "touch ${started}; sleep 60"`);
  const controller = new AbortController();
  const running = createWorktrees(
    [workshop.request('alpha'), workshop.request('beta')],
    workshop.options({ signal: controller.signal }),
  );
  await expect.poll(() => readdir(join(workshop.base, '..')), { timeout: 20_000 }).toContain('started');
  controller.abort(new Error('Ctrl-C'));
  expect((await running).map(({ error }) => String(error))).toEqual(['Error: Ctrl-C', 'Error: Ctrl-C']);
  expect(await readdir(workshop.base)).toEqual([]);
  expect(await workshop.repository.git('worktree', 'list', '--porcelain')).not.toContain('unfinished');
  expect(await workshop.repository.git('branch', '--list', 'skill/*')).toBe('');
  await workshop.repository.git('config', '--unset', 'filter.slow.smudge');
  expect(await workshop.createOne('alpha')).toBe('created');
});
