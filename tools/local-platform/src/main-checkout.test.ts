import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mainCheckout } from './main-checkout.js';
import { TestRepository } from './sources/repository.test.helper.js';
import { cli } from './testing/cli.test.helper.js';
import { temporaryFolder } from './testing/platform.test.helper.js';

/** A main checkout with a linked worktree beside it. */
async function checkouts() {
  const repository = await TestRepository.create({ 'nx.json': '{}', 'nested/nx.json': '{}' });
  const main = await realpath(repository.clone);
  const linked = join(await realpath(await temporaryFolder()), 'linked');
  await repository.git('worktree', 'add', '--quiet', linked, '-b', 'skill/shop');
  return { repository, main, linked };
}

it('finds the main checkout of a linked worktree, also for a folder in it', async () => {
  const { main, linked } = await checkouts();
  expect(mainCheckout(linked)).toBe(main);
  expect(mainCheckout(join(linked, 'nested'))).toBe(join(main, 'nested'));
});

it('leaves every other folder what it is', async () => {
  const { repository, main } = await checkouts();
  const folder = await temporaryFolder();
  await repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', repository.origin);
  const apart = join(folder, 'apart');
  await repository.git(
    'clone',
    '--quiet',
    '--separate-git-dir',
    join(folder, 'git'),
    repository.origin,
    apart,
  );
  for (const own of [main, join(main, 'nested'), join(main, 'origin'), folder, apart]) {
    expect(mainCheckout(own)).toBe(own);
  }
});

it('leaves a worktree of a bare repository and one that has lost its repository what they are', async () => {
  const { repository, main, linked } = await checkouts();
  const bare = join(await temporaryFolder(), 'of-bare');
  await repository.git('-C', repository.origin, 'worktree', 'add', '--quiet', bare, 'main');
  expect(mainCheckout(bare)).toBe(bare);
  await rm(join(main, '.git/worktrees'), { recursive: true });
  expect(mainCheckout(linked)).toBe(linked);
});

it('the command line in a linked worktree speaks to the platform of the main checkout', async () => {
  const { main, linked } = await checkouts();
  const platform = join(main, '.local-platform');
  await mkdir(platform);
  await writeFile(join(platform, 'mine.txt'), 'mine');
  const { stderr, stdout } = await cli(['status'], linked);
  expect(`${stdout}${stderr}`).toContain(platform);
});
