import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository } from '../test-support/repository.js';
import { removeWorktrees } from './remove-worktrees.js';
import { listWorktrees } from './worktree-list.js';
import { Workshop } from './worktrees.test.helper.js';

const skills = ['a', 'b', 'c'];

/** An action of a person in a checkout: the main one or that of a skill. */
const deed = fc.record({
  where: fc.constantFrom('main', ...skills),
  what: fc.constantFrom('edit', 'stage', 'add', 'commit', 'stash', 'detach', 'delete', 'merge'),
});
const command = fc.record({
  command: fc.constantFrom('create', 'remove'),
  skills: fc.subarray(skills, { minLength: 1 }),
});
const story = fc.array(fc.oneof(deed, deed, command), { minLength: 4, maxLength: 10 });

let counter = 0;

async function act(what: string, checkout: Repository): Promise<void> {
  const text = `${counter++}\n`;
  const deeds: Record<string, () => Promise<unknown>> = {
    edit: () => checkout.write('README.md', text),
    stage: () => checkout.write('README.md', text).then(() => checkout.git('add', 'README.md')),
    add: () => checkout.write(`new-${counter}`, text),
    commit: () => checkout.commit({ [`file-${counter}`]: text }),
    stash: () => checkout.write('README.md', text).then(() => checkout.git('stash')),
    detach: () => checkout.git('switch', '-q', '--detach'),
    delete: () => checkout.git('rm', '-q', '-f', 'README.md'),
    merge: () => checkout.git('merge', '-q', 'skill/a', 'skill/b'),
  };
  // Git would refuse it to a person, too.
  await deeds[what]?.().catch(() => undefined);
}

/** A person's work in a checkout: HEAD, the bytes of the index, and the files as they differ from it. */
async function stateOf(path: string): Promise<object> {
  const checkout = new Repository(path);
  const index = await checkout.git('rev-parse', '--path-format=absolute', '--git-path', 'index');
  return {
    head: await checkout.git('rev-parse', '--symbolic-full-name', 'HEAD'),
    commit: await checkout.head('HEAD'),
    index: createHash('sha256')
      .update(await readFile(index))
      .digest('hex'),
    status: await checkout.git('status', '--porcelain', '--untracked-files=all'),
    diff: await checkout.git('diff'),
  };
}

/** The state of every checkout, by path, and the stashes. */
async function readAll(workshop: Workshop): Promise<Map<string, object>> {
  const worktrees = await listWorktrees({ cwd: workshop.repository.directory });
  const states = new Map<string, object>();
  for (const { path } of worktrees) states.set(path, await stateOf(path));
  states.set('stashes', { stashes: await workshop.repository.git('stash', 'list', '--format=%H') });
  return states;
}

async function expectUntouched(workshop: Workshop, work: () => Promise<unknown>): Promise<void> {
  const before = await readAll(workshop);
  const commits = await workshop.repository.git('for-each-ref', '--format=%(objectname)', 'refs/heads');
  await work();
  const after = await readAll(workshop);
  for (const [path, state] of before) {
    if (after.has(path)) expect(after.get(path)).toEqual(state);
    else expect(state).toMatchObject({ status: '', diff: '' });
  }
  // Every commit of a branch is still reachable from some branch.
  const lost = await workshop.repository.git('rev-list', ...commits.split('\n'), '--not', '--branches');
  expect(lost).toBe('');
}

it('changes no work in progress, in whatever order commands and work happen', async () => {
  const check = async (
    steps: ({ where: string; what: string } | { command: string; skills: string[] })[],
  ) => {
    const workshop = await Workshop.open();
    await workshop.repository.git('remote', 'remove', 'origin');
    await workshop.create(skills);
    for (const step of steps) {
      if ('what' in step) {
        const path = step.where === 'main' ? workshop.repository.directory : join(workshop.base, step.where);
        await act(step.what, new Repository(path));
      } else if (step.command === 'create') {
        await expectUntouched(workshop, () => workshop.create(step.skills));
      } else {
        const requests = step.skills.map((skill) => workshop.request(skill));
        await expectUntouched(workshop, () => removeWorktrees(requests, workshop.removal()));
      }
    }
  };
  await fc.assert(fc.asyncProperty(story, check), {
    numRuns: process.env['NIGHTLY'] ? 15 : 2,
    endOnFailure: true,
  });
}, 120_000);
