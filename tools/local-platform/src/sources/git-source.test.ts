import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Containers } from '../containers/containers.js';
import { imageStoreOf } from '../images/image-store.js';
import { layoutOf } from '../state/layout.js';
import { SecretBox } from '../state/secrets.js';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { isCloneUrl, redactUrl, withoutCredentials } from './clone-url.js';
import { isBranchName } from './git-source.js';
import { openSources } from './open-sources.js';
import { mapRepository, readRepositories } from './repositories.js';
import { service, TestRepository, TestSources } from './repository.test.helper.js';

const run = promisify(execFile);
const secrets = new SecretBox(Buffer.alloc(32));
const within = () => AbortSignal.timeout(60_000);

describe('a clone URL', () => {
  it.each([
    'https://github.com/digitalocean/sample-golang.git',
    'https://user:token@host.test/a.git',
    'ssh://git@host.test/a.git',
    'git@host.test:owner/name.git',
    'file:///srv/a.git',
    '/srv/a.git',
  ])('may be %s', (url) => expect(isCloneUrl(url)).toBe(true));

  it.each([
    'ext::sh -c true',
    'http://host.test/a',
    '--upload-pack=x',
    '-x@host:a',
    'a/b',
    '',
    'fd::3',
    'git@-x::a',
  ])('is refused: %s', (url) => expect(isCloneUrl(url)).toBe(false));

  it('is shown without its credentials, and so is what git says of it', () => {
    const url = 'https://someone:s3cr3t@host.test/a.git';
    expect(withoutCredentials(url)).toBe('https://host.test/a.git');
    expect(withoutCredentials('ssh://git:pass@host.test/a')).toBe('ssh://git@host.test/a');
    expect(redactUrl(`fatal: ${url} and https://s3cr3t@host.test`, url)).not.toContain('s3cr3t');
  });
});

it('accepts the branch names that git accepts, except those that would be an option', async () => {
  const parts = fc.constantFrom(
    'a',
    'B',
    '1',
    '-',
    '/',
    '.',
    '..',
    '@',
    '@{',
    '~',
    '^',
    ':',
    '*',
    ' ',
    '\\',
    '.lock',
    'é',
  );
  const names = fc.array(parts, { minLength: 1, maxLength: 5 }).map((list) => list.join(''));
  await fc.assert(
    fc.asyncProperty(names, async (name) => {
      const accepted = await run('git', ['check-ref-format', `refs/heads/${name}`]).then(
        () => !name.startsWith('-'),
        () => false,
      );
      expect(isBranchName(name), name).toBe(accepted);
    }),
    { numRuns: process.env['NIGHTLY'] ? 150 : 30 },
  );
});

describe('a mapping of repositories', () => {
  it('keeps mappings that several programs add at once', async () => {
    const folder = await temporaryFolder();
    const names = Array.from({ length: 8 }, (_, index) => `owner/name-${index}`);
    await Promise.all(names.map((name) => mapRepository(folder, name, folder)));
    const mapped = await readRepositories(layoutOf(folder).repositories);
    expect(Object.keys(mapped).sort()).toEqual(names);
  });

  it('refuses an invalid name, a missing folder and a URL that is not allowed', async () => {
    const folder = await temporaryFolder();
    await expect(mapRepository(folder, 'name', folder)).rejects.toThrow('such as owner/name, got "name"');
    await expect(mapRepository(folder, 'a/b', join(folder, 'gone'))).rejects.toThrow('There is no folder');
    await expect(mapRepository(folder, 'a/b', 'ext::sh -c true')).rejects.toThrow('file:, https: or ssh:');
  });

  it('is read at each use, and reported if it is damaged', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const folder = await temporaryFolder();
    const { sources, layout } = new TestSources(folder);
    await expect(sources.newest(service(), within())).rejects.toMatchObject({
      code: 'BuildJobFailed',
      message: expect.stringContaining('npx local-platform repository owner/name <path>'),
    });
    await mapRepository(folder, 'owner/name', repository.origin);
    expect(await sources.newest(service(), within())).toEqual({ commit: await repository.head() });
    await writeFile(layout.repositories, '{"owner/name": 7}');
    await expect(sources.newest(service(), within())).rejects.toThrow(/repositories\.json is not an object/);
  });
});

describe('the newest version', () => {
  it('is the commit at the head of the branch, also without a branch and by a clone URL', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const { sources } = await TestSources.of(repository);
    const old = await repository.head();
    await repository.push({ 'a.txt': 'b' }, 'other');
    const newer = await repository.head();
    expect(await sources.newest(service(), within())).toEqual({ commit: old });
    const other = service({ github: { repo: 'owner/name', branch: 'other' } });
    expect(await sources.newest(other, within())).toEqual({ commit: newer });
    for (const url of [repository.origin, `file://${repository.origin}`]) {
      const byUrl = { name: 'web', git: { repo_clone_url: url } };
      expect(await sources.newest(byUrl, within())).toEqual({ commit: old });
    }
  });

  it.each([
    'https://github.com/owner/name.git',
    'https://gitlab.com/owner/name',
    'git@github.com:owner/name.git',
  ])('is that of the mapped repository for %s', async (url) => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const { sources } = await TestSources.of(repository);
    const byUrl = { name: 'web', git: { repo_clone_url: url, branch: 'main' } };
    expect(await sources.newest(byUrl, within())).toEqual({ commit: await repository.head() });
  });

  it('says which repository and branch cannot be read', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const { sources } = await TestSources.of(repository);
    const gone = service({ github: { repo: 'owner/name', branch: 'gone' } });
    await expect(sources.newest(gone, within())).rejects.toMatchObject({
      code: 'BuildJobFailed',
      message: expect.stringMatching(/branch "gone" of github\/owner\/name .*there is no such branch/),
    });
    const nowhere = { name: 'web', git: { repo_clone_url: '/nowhere', branch: 'main' } };
    await expect(sources.newest(nowhere, within())).rejects.toMatchObject({
      message: expect.stringMatching(/branch "main" of \/nowhere .*does not appear to be a git repository/),
    });
  });

  it('shows no credentials of a URL that cannot be reached', async () => {
    const { sources } = new TestSources(await temporaryFolder());
    const url = 'https://someone:s3cr3t@127.0.0.1:1/a.git';
    const error = await sources
      .newest({ name: 'web', git: { repo_clone_url: url, branch: 'main' } }, within())
      .catch((problem: Error) => problem);
    expect(error).toMatchObject({ code: 'BuildJobFailed' });
    expect(JSON.stringify([error, String(error), String((error as Error).cause)])).not.toContain('s3cr3t');
  });

  it('runs no hooks of the user, and ignores GIT_ variables of this process', async () => {
    const repository = await TestRepository.create({ 'a.txt': 'a' });
    const tested = await TestSources.of(repository);
    const home = await temporaryFolder();
    for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout']) {
      await writeFile(join(home, hook), `#!/bin/sh\ntouch ${home}/proof\n`, { mode: 0o755 });
    }
    await writeFile(join(home, '.gitconfig'), `[core]\n  hooksPath = ${home}\n`);
    const { HOME } = process.env;
    Object.assign(process.env, { HOME: home, GIT_DIR: '/nowhere', GIT_CONFIG_GLOBAL: '/nowhere' });
    try {
      await tested.build(service({ environment_slug: 'html', run_command: 'true' }));
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_CONFIG_GLOBAL'];
      Object.assign(process.env, { HOME });
    }
    await expect(readFile(join(home, 'proof'))).rejects.toThrow('ENOENT');
  });
});

it('names the fields of a spec that it cannot build', async () => {
  const layout = layoutOf('/nowhere');
  const containers = new Containers(layout, []);
  const sources = openSources({ layout, images: imageStoreOf('/nowhere'), containers, secrets });
  const gaps = (fields: Parameters<typeof service>[0]) => sources.gaps(service(fields));
  expect(await gaps({})).toEqual([]);
  expect(await gaps({ environment_slug: 'jekyll' })).toEqual([]);
  expect(await gaps({ dockerfile_path: 'Dockerfile' })).toEqual([
    expect.stringMatching(/^dockerfile_path: .* need a container engine on Linux: install podman, docker or/),
  ]);
  const image = { registry_type: 'DOCR' as const, repository: 'web', tag: 'latest' };
  expect(await sources.gaps({ name: 'web', image })).toEqual([
    expect.stringMatching(/^image\/tag: the registry of a DOCR image .*local-platform registry <name>$/),
  ]);
  const ghcr = { ...image, registry_type: 'GHCR' as const };
  expect(await sources.gaps({ name: 'web', image: ghcr })).toEqual([
    expect.stringMatching(/^image\/tag: .* need a container engine/),
  ]);
  const git = { repo_clone_url: 'ext::sh -c true', branch: 'main' };
  expect(await sources.gaps({ name: 'web', git })).toEqual([
    expect.stringMatching(/^git\/repo_clone_url: expected a path/),
  ]);
});

it('names what is wrong in a source, wherever it would be built', async () => {
  const layout = layoutOf('/nowhere');
  const containers = new Containers(layout, []);
  const sources = openSources({ layout, images: imageStoreOf('/nowhere'), containers, secrets });
  const git = { repo_clone_url: 'https://git.test/shop' };
  expect(await sources.missing({ name: 'web', git, source_dir: '../other' })).toEqual([
    'source_dir: "../other" leaves the repository',
  ]);
  expect(await sources.missing({ name: 'web', git: { ...git, branch: '--upload-pack=x' } })).toEqual([
    'git/branch: "--upload-pack=x" is not a valid branch name',
  ]);
  expect(await sources.missing({ name: 'web', git: {} })).toEqual([
    'git/repo_clone_url: required, expected a URL such as https://git.example/shop.git',
  ]);
  expect(await sources.missing({ name: 'web', github: { branch: 'main' } })).toEqual([
    'github/repo: required, expected owner/repository',
  ]);
  expect(await sources.missing({ name: 'web', gitlab: { repo: '${REPO}', branch: '${BRANCH}' } })).toEqual([
    'gitlab/repo: the variable in "${REPO}" is not filled in. Write its value',
    'gitlab/branch: the variable in "${BRANCH}" is not filled in. Write its value',
  ]);
});
