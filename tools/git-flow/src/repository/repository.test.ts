import { gitOutput } from '@odoobo/machine/git';
import { rm } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { readHead } from './checkout.js';
import { provideCommit, repositoryOf, userName } from './repository.js';

let folder: string;
let repository: Repository;

beforeEach(async () => {
  folder = await tempDirectory();
  repository = await Repository.withOrigin(folder);
});

describe('the repository that a clone is of', () => {
  it('is its first commit, on every branch and in every clone', async () => {
    const first = await repository.head('main');
    await repository.branch('a');
    await repository.git('switch', '-q', 'skill/a');
    const clone = await repository.clone('other');
    expect(await repositoryOf({ cwd: repository.directory })).toBe(first);
    expect(await repositoryOf({ cwd: clone.directory })).toBe(first);
  });

  it('is the same after another history was merged in', async () => {
    const first = await repository.head('main');
    await repository.git('switch', '-q', '--orphan', 'imported');
    await repository.commit({ library: 'x' });
    await repository.git('switch', '-q', 'main');
    await repository.git('merge', '-q', '--allow-unrelated-histories', '--no-edit', 'imported');
    expect(await repositoryOf({ cwd: repository.directory })).toBe(first);
  });

  it('is not known without a commit, without a repository, and in a shallow clone', async () => {
    await repository.commit({ more: '1' });
    await repository.git('push', '-q', 'origin', 'main');
    const origin = `file://${folder}/origin.git`;
    await gitOutput(['clone', '-q', '--depth', '1', origin, `${folder}/shallow`], { cwd: folder });
    await gitOutput(['init', '-q', `${folder}/empty`], { cwd: folder });
    for (const cwd of [`${folder}/shallow`, `${folder}/empty`, folder])
      expect(await repositoryOf({ cwd })).toBeUndefined();
    expect(await readHead(`${folder}/shallow`)).toMatchObject({ isShallow: true });
  });
});

it('reads the name of the author of the next commit', async () => {
  expect(await userName({ cwd: repository.directory })).toBe('Test');
});

describe('a commit that others have pushed', () => {
  it('is brought here, also when its branch is gone and only a ref keeps it', async () => {
    const other = await repository.clone('other');
    const { commit } = await other.branch('a');
    await other.git('push', '-q', 'origin', `${commit}:refs/deployed/production/a`);
    const refs = await repository.git('for-each-ref');
    const cwd = repository.directory;
    expect(await provideCommit({ cwd, commit })).toBe(false);
    expect(await provideCommit({ cwd, commit, remote: 'origin' })).toBe(true);
    expect(await repository.head(`${commit}^{commit}`)).toBe(commit);
    expect(await repository.git('for-each-ref')).toBe(refs);
  });

  it('is not there where the remote does not have it, or is not to be reached', async () => {
    const cwd = repository.directory;
    const commit = 'a'.repeat(40);
    expect(await provideCommit({ cwd, commit, remote: 'origin' })).toBe(false);
    await rm(`${folder}/origin.git`, { recursive: true });
    expect(await provideCommit({ cwd, commit, remote: 'origin' })).toBe(false);
  });

  it.each(['HEAD', '--upload-pack=touch pwned', ''])(
    'is asked for by its hash only, not by "%s"',
    async (name) => {
      expect(await provideCommit({ cwd: repository.directory, commit: name, remote: 'origin' })).toBe(false);
    },
  );
});
