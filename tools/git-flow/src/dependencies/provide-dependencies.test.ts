import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { provideDependencies } from './provide-dependencies.js';

let main: Repository;
let worktree: Repository;
let notices: string[];

const json = (value: object) => JSON.stringify(value);
const lock = json({ name: 'root', lockfileVersion: 3, requires: true, packages: { '': { name: 'root' } } });

/** A workspace with its own, built package and an external one; and a worktree of it. */
beforeEach(async () => {
  const folder = await tempDirectory();
  notices = [];
  main = await Repository.create(join(folder, 'main'));
  await main.commit({
    'package.json': json({ name: 'root', private: true, scripts: { prepare: 'node prepare.cjs' } }),
    'prepare.cjs':
      'const fs = require("fs"); fs.mkdirSync("tools/own/dist", { recursive: true }); fs.writeFileSync("tools/own/dist/index.js", "module.exports = `prepared`")',
    'package-lock.json': lock,
    '.gitignore': 'node_modules/\ndist/\n',
    'tools/own/package.json': json({
      name: '@acme/own',
      main: 'dist/index.js',
      files: ['dist', '!dist/*.map'],
    }),
    'tools/own/src.txt': 'source',
  });
  await fill(main.directory, {
    'tools/own/dist/index.js': 'module.exports = `built`',
    'tools/own/node_modules/nested/index.js': '',
    'node_modules/outside/index.js': 'module.exports = `outside`',
    'node_modules/outside/cli.js': '',
    'node_modules/@scope/pkg/index.js': '',
    'node_modules/.cache/secret': '',
    'node_modules/.package-lock.json': lock,
  });
  await link('../../tools/own', 'node_modules/@acme/own');
  await link('../outside/cli.js', 'node_modules/.bin/outside');
  worktree = new Repository(join(folder, 'worktree'));
  await main.git('worktree', 'add', '-q', worktree.directory);
});

async function fill(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(join(main.directory, path)), { recursive: true });
  await symlink(target, join(main.directory, path));
}

function provide(): Promise<void> {
  return provideDependencies({
    main: main.directory,
    worktree: worktree.directory,
    signal: new AbortController().signal,
    onNotice: (message) => void notices.push(message),
  });
}

const inWorktree = (path: string) => join(worktree.directory, path);
const load = (name: string): unknown => createRequire(inWorktree('package.json'))(name);

it('links what is installed, and makes packages of the workspace those of the worktree', async () => {
  await provide();
  expect(load('outside')).toBe('outside');
  expect(load('@acme/own')).toBe('built');
  expect(await realpath(inWorktree('node_modules/@acme/own'))).toBe(inWorktree('tools/own'));
  expect(await realpath(inWorktree('node_modules/outside'))).toBe(
    join(main.directory, 'node_modules/outside'),
  );
  expect(await readlink(inWorktree('node_modules/.bin/outside'))).toBe('../outside/cli.js');
  expect(await readdir(inWorktree('tools/own/node_modules'))).toEqual(['nested']);
  expect((await readdir(inWorktree('node_modules'))).sort()).toEqual(['.bin', '@acme', '@scope', 'outside']);
  expect(await worktree.git('status', '--porcelain')).toBe('');
  expect(notices).toEqual([]);
});

it('is safe to repeat, follows the main checkout, and leaves alone what is no link', async () => {
  await provide();
  await rm(join(main.directory, 'node_modules/@scope/pkg'), { recursive: true });
  await fill(main.directory, { 'node_modules/late/index.js': '' });
  await rm(inWorktree('node_modules/outside'));
  await fill(worktree.directory, { 'node_modules/outside/index.js': 'module.exports = `mine`' });
  await fill(worktree.directory, { 'tools/own/dist/index.js': 'module.exports = `mine too`' });
  await provide();
  expect(await readdir(inWorktree('node_modules/@scope'))).toEqual([]);
  expect((await lstat(inWorktree('node_modules/late'))).isSymbolicLink()).toBe(true);
  expect([load('outside'), load('@acme/own')]).toEqual(['mine', 'mine too']);
});

it('links to the main checkout what a sparse worktree does not have', async () => {
  await worktree.git('sparse-checkout', 'set', '--cone', '--sparse-index', 'none');
  await provide();
  expect(await realpath(inWorktree('node_modules/@acme/own'))).toBe(join(main.directory, 'tools/own'));
});

it('builds the packages of the workspace where their sources differ', async () => {
  await worktree.commit({ 'tools/own/src.txt': 'changed' });
  await provide();
  expect(load('@acme/own')).toBe('prepared');
  expect(notices).toEqual([expect.stringContaining('npm run prepare')]);
});

it('says what a failing build printed', async () => {
  await worktree.commit({ 'prepare.cjs': 'throw new Error("no compiler")', 'tools/own/src.txt': 'changed' });
  await expect(provide()).rejects.toThrow(/npm run prepare" in .* failed with exit code 1:[^]*no compiler/);
});

it('installs where the lock file differs, and keeps that', async () => {
  await worktree.commit({ 'package-lock.json': `${lock}\n` });
  await provide();
  expect(notices).toEqual([expect.stringContaining('its package-lock.json differs')]);
  expect(await readdir(inWorktree('node_modules')).catch(() => [])).not.toContain('outside');
  expect(await readFile(join(main.directory, 'node_modules/outside/index.js'), 'utf8')).toContain('outside');
});

it('keeps an existing installation', async () => {
  await fill(worktree.directory, { 'node_modules/.package-lock.json': lock });
  await provide();
  expect(await readdir(inWorktree('node_modules'))).toEqual(['.package-lock.json']);
});

it('does nothing where nothing is installed', async () => {
  await rm(join(main.directory, 'node_modules'), { recursive: true });
  await provide();
  await expect(lstat(inWorktree('node_modules'))).rejects.toThrow('ENOENT');
});
