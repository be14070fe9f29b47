import { execa } from 'execa';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commandsBelow } from './pages.js';

// Blocks that readers paste as a whole, even when there is nothing to do.

let home: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'harmless-')));
});
afterEach(() => rm(home, { recursive: true }));

it('removing the refs of production from the origin pushes nothing, and removes no other', async () => {
  const clone = await cloneWithOneCommitMore();
  const originRefs = async () =>
    (await git(clone, 'ls-remote', 'origin')).split('\n').map((line) => line.split('\t')[1]);
  const before = await originRefs();
  const block = commandsBelow('docs/uninstall.md', '## From production');

  await execa('sh', ['-eu', '-c', block], { cwd: clone });
  expect(await originRefs()).toEqual(before);

  const head = await git(clone, 'rev-parse', 'HEAD');
  const deployed = ['local/a', 'production/a', 'production/b'].map((name) => `HEAD:refs/deployed/${name}`);
  await git(clone, 'push', '-q', 'origin', ...deployed);
  await execa('sh', ['-eu', '-c', block], { cwd: clone });
  expect((await originRefs()).sort()).toEqual([...before, 'refs/deployed/local/a'].sort());
  expect(await git(clone, 'ls-remote', 'origin', 'refs/heads/main')).not.toContain(head);
});

it('the commands for your own repository change neither what is there nor the clone that the packages come from', async () => {
  const bin = join(home, 'bin');
  const [shop, clone] = [join(home, 'shop'), join(home, 'clone')];
  for (const folder of [bin, shop, clone]) await mkdir(folder);
  for (const folder of [shop, clone]) {
    await writeFile(join(folder, 'nx.json'), '{ "defaultBase": "trunk" }');
    await writeFile(join(folder, 'package.json'), '{ "name": "mine" }');
  }
  for (const program of ['npm', 'npx']) {
    await writeFile(join(bin, program), '#!/bin/sh\n[ "$1" != init ] || echo {} > package.json\n');
    await chmod(join(bin, program), 0o755);
  }
  const block = commandsBelow('docs/own-repository.md', '## Install', 'nx.json');
  const env = { HOME: home, PATH: `${bin}:${process.env['PATH']}` };
  await execa('sh', ['-eu', '-c', block], { cwd: clone, env });
  for (const folder of [shop, clone]) {
    expect(await readFile(join(folder, 'nx.json'), 'utf8')).toContain('trunk');
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toContain('mine');
  }
  expect(await git(shop, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
});

/** A clone on `main`, whose origin lacks the newest commit. */
async function cloneWithOneCommitMore(): Promise<string> {
  const [origin, clone] = [join(home, 'origin.git'), join(home, 'clone')];
  await git(home, 'init', '-q', '--bare', '-b', 'main', origin);
  await git(home, 'clone', '-q', origin, clone);
  await git(clone, 'switch', '-q', '-C', 'main');
  for (const message of ['first', 'second']) {
    await git(
      clone,
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@example.invalid',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      message,
    );
    if (message === 'first') await git(clone, 'push', '-q', '-u', 'origin', 'main');
  }
  return clone;
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd })).stdout;
}
