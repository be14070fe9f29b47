import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keepDeployed } from '../live/deployed-refs.js';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { fetchRemote } from '../worktrees/default-branch.js';
import { pushBranch } from './push-branch.js';
import { remoteError } from './remote-error.js';

async function withOrigin(): Promise<Repository> {
  return Repository.withOrigin(await tempDirectory());
}

/** Why a commit cannot be pushed to main of origin. */
async function whyNot(repository: Repository): Promise<{ message: string; trouble?: string }> {
  await repository.git('commit', '-q', '--allow-empty', '-m', 'one more');
  const commit = await repository.head('HEAD');
  const to = { cwd: repository.directory, remote: 'origin', branch: 'main', commit };
  return pushBranch(to).then(
    () => expect.unreachable('it was pushed'),
    (error: unknown) => error as Error,
  );
}

async function hook(repository: Repository, name: string, script: string): Promise<void> {
  const file = join(repository.directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** The repositories of a folder over HTTP, by git's own server: everyone may read, no one may write. */
async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(backend.stdin);
    void buffer(backend.stdout).then((answer) => {
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': '));
      for (const [name = '', value = ''] of headers)
        if (name === 'Status') response.statusCode = parseInt(value, 10);
        else response.setHeader(name, value);
      response.end(answer.subarray(end + 4));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a push that is refused is reported in one sentence, with what to do', () => {
  it('by a server that gives no write access, without the credentials in its URL', async () => {
    const repository = await withOrigin();
    const url = await serve(dirname(repository.directory));
    const withPassword = `${url.replace('://', '://ada:secret@')}/origin.git`;
    await repository.git('remote', 'set-url', 'origin', withPassword);
    const { message, trouble } = await whyNot(repository);
    expect(trouble).toBe('no-write-access');
    expect(message).toContain(`Could not push main to origin (${url}/origin.git): you may not write to it (`);
    expect(message).toContain('returned error: 403). Ask its owner for write access');
    expect(message).not.toMatch(/secret|ada|\n/);
    // The refs that a deployment keeps for other clones get the same sentence.
    const deployed = [{ environment: 'production', skill: 'a', commit: await repository.head('main') }];
    await expect(keepDeployed(deployed, { cwd: repository.directory, remote: 'origin' })).rejects.toThrow(
      /^Could not write to origin which commits were deployed \(\S+\): you may not write to it \([^\n]+$/,
    );
  });

  it('by a repository whose files may only be read', async () => {
    const repository = await withOrigin();
    const objects = join(repository.directory, '../origin.git/objects');
    // Root may write everywhere, so the receiving side runs as another user.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      await chmod(dirname(repository.directory), 0o755);
      const asOther = 'setpriv --reuid=65534 --clear-groups git -c safe.directory=* receive-pack';
      await repository.git('config', 'remote.origin.receivepack', asOther);
    } else await chmod(objects, 0o555);
    const { message, trouble } = await whyNot(repository);
    await chmod(objects, 0o755);
    expect(message).toMatch(
      /^Could not push main to origin \(\S+origin\.git\): you may not write to it \([^\n]+$/,
    );
    expect(trouble).toBe('no-write-access');
  });

  it('by a protected branch', async () => {
    const repository = await withOrigin();
    await hook(
      repository,
      '../origin.git/hooks/pre-receive',
      `cat >&2 <<'END'
error: GH006: Protected branch update failed for refs/heads/main.
error: Changes must be made through a pull request.
END
exit 1`,
    );
    const { message, trouble } = await whyNot(repository);
    expect(message).toMatch(
      /: a rule of the repository protects main \(GH006: Protected branch update failed for refs\/heads\/main; Changes must be made through a pull request\)\. Push your branch and open a pull request$/,
    );
    expect(trouble).toBe('protected-branch');
  });

  it('by a hook there, and by one here', async () => {
    const repository = await withOrigin();
    await hook(
      repository,
      '../origin.git/hooks/pre-receive',
      'echo "you may not: main is frozen" >&2; exit 1',
    );
    expect((await whyNot(repository)).message).toMatch(
      /: a hook there refuses it \(you may not: main is frozen\)\. Do what it asks for, then try again$/,
    );
    await hook(repository, '.git/hooks/pre-push', 'echo "no pushes on Friday"; exit 1');
    expect((await whyNot(repository)).message).toMatch(
      /: your pre-push hook refuses it \(no pushes on Friday\)\. /,
    );
  });

  it('by a repository that has that branch checked out', async () => {
    const repository = await withOrigin();
    const theirs = await repository.clone('theirs');
    await repository.git('remote', 'set-url', 'origin', theirs.directory);
    const { message } = await whyNot(repository);
    expect(message).toMatch(
      /: it is not a bare repository, and has main checked out\. Check out another branch there[^\n]+$/,
    );
  });

  it.each([
    [
      'http://127.0.0.1:1/shop.git',
      'unreachable',
      /: it cannot be reached \([^)]+\)\. Check the network and the URL, then try again$/,
    ],
    [
      '/does/not/exist',
      'missing-repository',
      /: there is no such repository, or you may not see it\. Correct its URL: git remote set-url origin <URL>$/,
    ],
  ])('by %s', async (url, trouble, sentence) => {
    const repository = await withOrigin();
    await repository.git('remote', 'set-url', 'origin', url);
    const error = await whyNot(repository);
    expect(error.message).toMatch(sentence);
    expect(error.trouble).toBe(trouble);
    expect(await fetchRemote({ cwd: repository.directory })).toMatch(
      /^Could not fetch from origin \([^\n]+$/,
    );
  });
});

// Answers of hosts that cannot be run here, as they print them.
it.each([
  [
    "remote: Permission to acme/shop.git denied to ada.\nfatal: unable to access 'https://github.com/acme/shop.git/': The requested URL returned error: 403",
    'no-write-access',
  ],
  [
    'ERROR: Permission to acme/shop.git denied to ada.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.',
    'no-write-access',
  ],
  [
    "remote: This repository was archived so it is read-only.\nfatal: unable to access 'https://github.com/acme/shop.git/': The requested URL returned error: 403",
    'no-write-access',
  ],
  [
    "remote: You are not allowed to push code to this project.\nfatal: unable to access 'https://gitlab.com/acme/shop.git/': The requested URL returned error: 403",
    'no-write-access',
  ],
  [
    'ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote repository.',
    'no-write-access',
  ],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'not-logged-in'],
  [
    "remote: Invalid username or token. Password authentication is not supported for Git operations.\nfatal: Authentication failed for 'https://github.com/acme/shop.git/'",
    'not-logged-in',
  ],
  [
    'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    'not-logged-in',
  ],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'not-logged-in'],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'missing-repository'],
  [
    "remote: Repository not found.\nfatal: repository 'https://github.com/acme/shop.git/' not found",
    'missing-repository',
  ],
  [
    'ssh: Could not resolve hostname github.com: Temporary failure in name resolution\nfatal: Could not read from remote repository.',
    'unreachable',
  ],
  [
    "fatal: unable to access 'https://github.com/acme/shop.git/': Could not resolve host: github.com",
    'unreachable',
  ],
  [
    'kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.',
    'unreachable',
  ],
])('%s', async (stderr, trouble) => {
  const command = {
    failure: 'Could not push main to origin',
    remote: 'origin',
    branch: 'main',
    direction: 'push',
    cwd: '/',
  } as const;
  const error = await remoteError(command, { stdout: '', stderr });
  expect(error.trouble).toBe(trouble);
  expect(error.message).toMatch(/^Could not push main to origin: [^\n]+$/);
  expect(error.message).not.toContain('correct access rights');
});
