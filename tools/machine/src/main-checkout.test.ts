import { execFile } from 'node:child_process';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { mainCheckout } from './main-checkout.js';
import { makeFolder } from './process.test.helper.js';

const run = promisify(execFile);

/** A repository with a commit, a bare clone of it, and a linked worktree next to it. */
async function checkouts() {
  const folder = await realpath(await makeFolder());
  const main = join(folder, 'main');
  const bare = join(folder, 'bare.git');
  const linked = join(folder, 'linked');
  await mkdir(join(main, 'nested'), { recursive: true });
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.invalid', ...args], { cwd: main });
  await git('init', '--quiet', '-b', 'main');
  await git('commit', '--quiet', '--allow-empty', '-m', 'Start');
  await git('clone', '--quiet', '--bare', main, bare);
  await git('worktree', 'add', '--quiet', linked, '-b', 'skill/shop');
  await mkdir(join(linked, 'nested'));
  return { folder, main, bare, linked, git };
}

it('finds the main checkout of a linked worktree, also for a folder in it', async () => {
  const { main, linked } = await checkouts();
  expect(mainCheckout(linked)).toBe(main);
  expect(mainCheckout(join(linked, 'nested'))).toBe(join(main, 'nested'));
});

it('leaves every other folder as it is', async () => {
  const { folder, main, bare, git } = await checkouts();
  await git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', bare, 'module');
  const apart = join(folder, 'apart');
  await git('clone', '--quiet', '--separate-git-dir', join(folder, 'git'), bare, apart);
  for (const own of [main, join(main, 'nested'), join(main, 'module'), folder, apart]) {
    expect(mainCheckout(own)).toBe(own);
  }
});

it('leaves a worktree of a bare repository, and one whose repository is gone, as they are', async () => {
  const { folder, main, bare, linked, git } = await checkouts();
  const ofBare = join(folder, 'of-bare');
  await git('-C', bare, 'worktree', 'add', '--quiet', ofBare, 'main');
  expect(mainCheckout(ofBare)).toBe(ofBare);
  await rm(join(main, '.git/worktrees'), { recursive: true });
  expect(mainCheckout(linked)).toBe(linked);
});
