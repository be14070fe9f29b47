import { execa } from 'execa';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckout, readHead } from './checkout.js';

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  const { stdout } = await execa('git', [...identity, ...args], { cwd: directory });
  return stdout;
}

async function commitFile(name: string): Promise<void> {
  await writeFile(join(directory, name), name);
  await git('add', '.');
  await git('commit', '-qm', name);
}

describe('readCheckout', () => {
  it('knows nothing of a folder outside a repository, and of one without a commit', async () => {
    expect(await readCheckout(directory)).toBeUndefined();
    await git('init', '-q');
    expect(await readCheckout(directory)).toBeUndefined();
  });

  it('reads branch, commit and the working tree', async () => {
    await git('init', '-q', '-b', 'skill/pr-review');
    await commitFile('a');
    const commit = await git('rev-parse', 'HEAD');
    expect(await readCheckout(directory)).toEqual({
      worktree: directory,
      branch: 'skill/pr-review',
      isShallow: false,
      commit,
      dirty: false,
    });
  });

  it('sees an uncommitted change', async () => {
    await git('init', '-q');
    await commitFile('a');
    await writeFile(join(directory, 'a'), 'changed');
    expect(await readCheckout(directory)).toMatchObject({ dirty: true });
  });

  it('has no branch where HEAD is detached', async () => {
    await git('init', '-q');
    await commitFile('a');
    await git('checkout', '-q', '--detach');
    expect(await readCheckout(directory)).not.toHaveProperty('branch');
  });
});

describe('readHead', () => {
  it('reads branch and commit from any folder of the working tree, and not its files', async () => {
    await git('init', '-q', '-b', 'skill/pr-review');
    await commitFile('a');
    await mkdir(join(directory, 'folder'));
    expect(await readHead(join(directory, 'folder'))).toEqual({
      worktree: directory,
      branch: 'skill/pr-review',
      isShallow: false,
      commit: await git('rev-parse', 'HEAD'),
    });
  });

  it('is not confused by a tag with the name of the branch, or a file with the name of HEAD', async () => {
    await git('init', '-q', '-b', 'main');
    await commitFile('HEAD');
    await git('tag', 'main');
    expect(await readHead(directory)).toMatchObject({ branch: 'main' });
  });
});
