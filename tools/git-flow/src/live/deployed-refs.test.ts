import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { keepDeployed, readDeployed } from './deployed-refs.js';
import { changedSince, commonBase } from './since-deployed.js';
import { commitForUncommitted } from './stand-in.js';

const production = (skill: string, commit: string) => ({ environment: 'production', skill, commit });

it('keeps what was deployed last, forward and back, and other clones read it', async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const second = await first.clone('second');
  const older = await first.head('main');
  const newer = await first.commit({ a: 'a' });
  const here = { cwd: first.directory, remote: 'origin' };
  await keepDeployed([production('a', newer), production('b', older)], here);
  expect(await readDeployed({ cwd: second.directory, remote: 'origin' })).toEqual([
    production('a', newer),
    production('b', older),
  ]);
  await keepDeployed([production('a', older)], here);
  expect(await readDeployed({ cwd: second.directory, remote: 'origin' })).toContainEqual(
    production('a', older),
  );
});

it('keeps a commit that is on no branch', async () => {
  const repository = await Repository.create(join(await tempDirectory(), 'alone'));
  const { commit } = await repository.branch('a');
  await keepDeployed([{ environment: 'local', skill: 'a', commit }], { cwd: repository.directory });
  await repository.git('branch', '-qD', 'skill/a');
  await repository.git('reflog', 'expire', '--expire=now', '--all');
  await repository.git('gc', '-q', '--prune=now');
  expect(await readDeployed({ cwd: repository.directory })).toEqual([
    { environment: 'local', skill: 'a', commit },
  ]);
  expect(await repository.git('diff', '--name-only', 'main', commit)).toBe('a');
});

it('moves no ref back for what was found live, and forward or aside as ever', async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const second = await first.clone('second');
  const older = await first.head('main');
  const { commit: aside } = await first.branch('a');
  const newer = await first.commit({ b: 'b' });
  const here = { cwd: first.directory, remote: 'origin' };
  const keep = async (commit: string) => {
    await keepDeployed([{ ...production('a', commit), foundLive: true }], here);
    return (await readDeployed({ cwd: second.directory, remote: 'origin' }))[0]?.commit;
  };
  expect(await keep(older)).toBe(older);
  expect(await keep(newer)).toBe(newer);
  expect(await keep(older)).toBe(newer);
  expect(await keep(aside)).toBe(aside);
});

describe('what was deployed with uncommitted changes', () => {
  const paths = ['skills/a'];

  it('is known as such in every clone, and as something that has changed since, but not by its content', async () => {
    const first = await Repository.withOrigin(await tempDirectory());
    const second = await first.clone('second');
    await first.commit({ 'skills/a/x': '1' });
    const commit = await first.commit({ other: '1' });
    await first.write('skills/a/x', 'nobody has committed this');
    const here = { cwd: first.directory, remote: 'origin' };
    const kept = await commitForUncommitted({ ...here, commit, paths });
    expect(await commitForUncommitted({ ...here, commit, paths })).toBe(kept);
    await keepDeployed([production('a', kept)], here);
    await second.git('pull', '-q', first.directory, 'main');
    expect(await readDeployed({ cwd: second.directory, remote: 'origin' })).toEqual([
      { ...production('a', kept), uncommittedOn: commit },
    ]);
    expect(await changedSince(kept, paths, { cwd: second.directory })).toMatchObject({
      files: ['skills/a/x'],
    });
    const base = (await commonBase([kept, commit], { cwd: second.directory })) ?? '';
    expect(await second.git('diff', '--name-only', base, 'HEAD', '--', ...paths)).toBe('skills/a/x');
    expect(await second.git('log', '--format=%B', '-p', kept)).not.toContain('nobody has committed this');
  });

  it.each([
    ['with the first commit', ['README.md']],
    ['with a merge', ['skills/b']],
    ['with no commit yet', ['skills/new']],
  ])('has changed since, also where it came %s', async (_, changedPaths) => {
    const repository = await Repository.create(await tempDirectory());
    const cwd = repository.directory;
    await repository.branch('b', { 'skills/b/merged': '1' });
    await repository.commit({ other: '1' });
    await repository.git('merge', '-q', '--no-edit', 'skill/b');
    const commit = await repository.commit({ other: '2' });
    const kept = await commitForUncommitted({ cwd, commit, paths: changedPaths });
    await repository.commit({ 'skills/new/x': '1' });
    expect((await changedSince(kept, changedPaths, { cwd })).files).not.toEqual([]);
    const base = await commonBase([kept], { cwd });
    // No base is a reason to deploy everything.
    if (base === undefined) expect(changedPaths).toEqual(['README.md']);
    else
      expect(await repository.git('diff', '--name-only', base, 'HEAD', '--', ...changedPaths)).not.toBe('');
  });
});

const writers = process.env['NIGHTLY'] ? 20 : 5;

it(`loses none of ${writers} writers at once, and ends with one of the values that were written`, async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const commits: string[] = [];
  for (let index = 0; index < writers; index += 1) commits.push(await first.commit({ a: String(index) }));
  await first.git('push', '-q', 'origin', 'main');
  const clones = await Promise.all([0, 1, 2, 3].map((index) => first.clone(`clone-${index}`)));
  await Promise.all(
    commits.map((commit, index) => {
      const clone = clones[index % clones.length] ?? first;
      const deployed = [production(`skill-${index}`, commit), production('shared', commit)];
      return keepDeployed(deployed, { cwd: clone.directory, remote: 'origin' });
    }),
  );
  const read = await readDeployed({ cwd: first.directory, remote: 'origin' });
  for (const [index, commit] of commits.entries())
    expect(read).toContainEqual(production(`skill-${index}`, commit));
  expect(commits).toContain(read.find(({ skill }) => skill === 'shared')?.commit);
}, 60_000);

it('asks no hook of the person, and says what the remote said', async () => {
  const repository = await Repository.withOrigin(await tempDirectory());
  const hook = async (path: string, text: string) => {
    const file = join(repository.directory, path);
    writeFileSync(file, `#!/bin/sh\necho "${text}" >&2\nexit 1\n`, { mode: 0o755 });
  };
  const deployed = [production('a', await repository.head('main'))];
  await hook('.git/hooks/pre-push', 'ask me');
  await keepDeployed(deployed, { cwd: repository.directory, remote: 'origin' });
  await hook('../origin.git/hooks/pre-receive', 'no such refs here');
  const again = [production('b', await repository.head('main'))];
  await expect(keepDeployed(again, { cwd: repository.directory, remote: 'origin' })).rejects.toThrow(
    /Could not write to origin which commits were deployed.*no such refs here/s,
  );
  expect(await readDeployed({ cwd: repository.directory })).toHaveLength(2);
});

it('lets go of what is no commit any more, here and for other clones', async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const commit = await first.head('main');
  const here = { cwd: first.directory, remote: 'origin' };
  await keepDeployed([production('a', commit), production('b', commit)], here);
  const gone = { environment: 'production', skill: 'a', commit: undefined };
  await keepDeployed([gone], here);
  expect(await readDeployed({ cwd: first.directory })).toEqual([production('b', commit)]);
  expect(await first.git('ls-remote', 'origin', 'refs/deployed/*')).not.toContain('production/a');
  await keepDeployed([gone], here);
});
