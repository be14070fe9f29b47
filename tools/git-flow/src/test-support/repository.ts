import { gitOutput } from '@odoobo/machine/git';
import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BranchToMerge } from '../merge/result.js';

/** A separate folder for a test, deleted when the test ends. */
export async function tempDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'git-flow-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

let made: Promise<string> | undefined;

/** The repositories that tests begin with: made once and copied, which takes a tenth of what git takes to make them. */
function template(): Promise<string> {
  return (made ??= makeTemplate());
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'git-flow-template-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const alone = new Repository(join(folder, 'alone'));
  await gitOutput(['init', '-q', '-b', 'main', alone.directory], { cwd: folder });
  const settings = { 'user.name': 'Test', 'user.email': 'test@example.invalid', 'maintenance.auto': 'false' };
  for (const [name, value] of Object.entries(settings)) await alone.git('config', name, value);
  await alone.commit({ 'README.md': 'first\n' });
  const first = new Repository(join(folder, 'both/first'));
  await cp(alone.directory, first.directory, { recursive: true });
  await gitOutput(['clone', '-q', '--bare', first.directory, join(folder, 'both/origin.git')], {
    cwd: folder,
  });
  await first.git('remote', 'add', 'origin', join(folder, 'both/origin.git'));
  await first.git('fetch', '-q');
  return folder;
}

/** A real repository of a test. */
export class Repository {
  constructor(readonly directory: string) {}

  /** With one commit on `main`. */
  static async create(directory: string): Promise<Repository> {
    await cp(join(await template(), 'alone'), directory, { recursive: true });
    return new Repository(directory).#refreshed();
  }

  /** A bare `origin.git` that other clones push to, and a clone of it with one commit on `main`. */
  static async withOrigin(folder: string): Promise<Repository> {
    await cp(join(await template(), 'both'), folder, { recursive: true });
    const repository = new Repository(join(folder, 'first'));
    await repository.git('remote', 'set-url', 'origin', join(folder, 'origin.git'));
    return repository.#refreshed();
  }

  /** Else the first `git status` would write the index: the copied files are not those that it remembers. */
  async #refreshed(): Promise<this> {
    await this.git('update-index', '--refresh');
    return this;
  }

  /** Another clone of the same origin, beside this one. */
  async clone(name: string): Promise<Repository> {
    const directory = join(dirname(this.directory), name);
    const origin = await this.git('remote', 'get-url', 'origin');
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
    await gitOutput(['clone', '-q', ...identity, origin, directory], { cwd: dirname(directory) });
    return new Repository(directory);
  }

  git(...args: string[]): Promise<string> {
    return gitOutput(args, { cwd: this.directory });
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.directory, path)), { recursive: true });
    await writeFile(join(this.directory, path), text);
  }

  /** @returns the commit */
  async commit(files: Record<string, string>, message = 'change'): Promise<string> {
    for (const [path, text] of Object.entries(files)) await this.write(path, text);
    await this.git('add', '-A');
    await this.git('commit', '-qm', message);
    return this.head('HEAD');
  }

  head(ref: string): Promise<string> {
    return this.git('rev-parse', ref);
  }

  /** A branch `skill/<skill>` with a commit, from `main`; `main` is checked out again. */
  async branch(skill: string, files: Record<string, string> = { [skill]: skill }): Promise<BranchToMerge> {
    const branch = `skill/${skill}`;
    await this.git('switch', '-qc', branch, 'main');
    const commit = await this.commit(files, `work on ${skill}`);
    await this.git('switch', '-q', 'main');
    return { skill, branch, commit, message: `Merge ${branch}\n\nSkill: ${skill}` };
  }

  /** The state of this working tree and of every branch, which must not change by itself. */
  async state(): Promise<Record<string, string>> {
    const [head, index, status, stashes, diff] = await Promise.all([
      this.git('symbolic-ref', '-q', 'HEAD'),
      this.git('ls-files', '--stage', '--debug').then((text) => text.replaceAll(/^ .*\n?/gm, '')),
      this.git('status', '--porcelain=v2', '--untracked-files=all'),
      this.git('stash', 'list', '--format=%H'),
      this.git('diff'),
    ]);
    return { head, commit: await this.head('HEAD'), index, status, stashes, diff };
  }
}
