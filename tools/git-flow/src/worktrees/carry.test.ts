import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorktrees } from './create-worktrees.js';
import { Workshop } from './worktrees.test.helper.js';

let workshop: Workshop;

/** A main checkout with secrets that git ignores. */
beforeEach(async () => {
  workshop = await Workshop.open();
  await workshop.repository.commit({
    '.gitignore': '.env*\n!.env.example\nsecrets/\nnode_modules\n',
    '.env.example': 'example',
    'skills/alpha/main.js': '',
    'skills/beta/main.js': '',
  });
  await workshop.repository.write('.env', 'SECRET=1');
  await workshop.repository.write('skills/alpha/.env.local', 'SECRET=2');
});

const here = (file: string) => join(workshop.repository.directory, file);
const there = (file: string) => join(workshop.path('alpha'), file);
const inWorktree = (file: string) => readFile(there(file), 'utf8');

describe('carried files', () => {
  it('are those named .env that git ignores, at any depth, with their mode, and said', async () => {
    await chmod(here('.env'), 0o600);
    expect(await workshop.createOne('alpha')).toBe('created');
    expect(await inWorktree('.env')).toBe('SECRET=1');
    expect(await inWorktree('skills/alpha/.env.local')).toBe('SECRET=2');
    expect((await stat(there('.env'))).mode & 0o777).toBe(0o600);
    expect(await workshop.worktree('alpha').git('status', '--porcelain')).toBe('');
    expect(workshop.notices).toEqual([
      `alpha: .env, skills/alpha/.env.local: copied from ${workshop.repository.directory}`,
    ]);
    expect(workshop.warnings).toEqual([]);
  });

  it('come when they are missing later, and what is there is never written over', async () => {
    await workshop.create(['alpha']);
    await workshop.worktree('alpha').write('.env', 'MINE=1');
    await rm(there('skills/alpha/.env.local'));
    await workshop.repository.write('.env', 'SECRET=new');
    expect(await workshop.createOne('alpha')).toBe('kept');
    expect(await inWorktree('.env')).toBe('MINE=1');
    expect(await inWorktree('skills/alpha/.env.local')).toBe('SECRET=2');
    expect(workshop.warnings).toEqual([
      `alpha: .env: kept; its content in ${workshop.repository.directory} differs`,
    ]);
  });

  it('come back with a folder that was deleted', async () => {
    await workshop.create(['alpha']);
    await rm(workshop.path('alpha'), { recursive: true });
    expect(await workshop.createOne('alpha')).toBe('repaired');
    expect(await inWorktree('.env')).toBe('SECRET=1');
  });

  it('are by .worktreeinclude alone where there is one, in ignored folders too', async () => {
    await workshop.repository.write('.worktreeinclude', '# ours\nsecrets/*\n!secrets/own\n.env.example\n');
    for (const name of ['one', 'own']) await workshop.repository.write(`secrets/${name}`, name);
    await workshop.create(['alpha']);
    expect(await inWorktree('secrets/one')).toBe('one');
    expect(existsSync(there('secrets/own'))).toBe(false);
    expect(existsSync(there('.env'))).toBe(false);
    expect(workshop.notices).toEqual([expect.stringMatching(/^alpha: secrets\/one: copied/)]);
  });

  it('are by the list that is given, on top of .worktreeinclude', async () => {
    await workshop.repository.write('.worktreeinclude', 'secrets/one\n');
    await workshop.repository.write('secrets/one', 'one');
    const carry = { patterns: ['/.env'], never: [] };
    await workshop.create(['alpha'], { carry });
    expect([existsSync(there('.env')), existsSync(there('secrets/one'))]).toEqual([true, true]);
    expect(existsSync(there('skills/alpha/.env.local'))).toBe(false);
    await workshop.create(['beta'], { carry: { patterns: [], never: ['secrets'] } });
    expect(existsSync(join(workshop.path('beta'), '.env'))).toBe(false);
    expect(existsSync(join(workshop.path('beta'), 'secrets/one'))).toBe(false);
  });

  it('are none of what git does not ignore, of packages, of repositories inside, and of other places', async () => {
    await workshop.repository.write('.worktreeinclude', '*\n');
    await workshop.repository.write('untracked', 'new');
    await workshop.repository.write('node_modules/pkg/.env', 'theirs');
    await workshop.repository.git('worktree', 'add', '-q', '-b', 'inside', 'skills/.env.tree');
    await workshop.create(['alpha']);
    expect(workshop.notices).toEqual([expect.stringMatching(/^alpha: .env, skills\/alpha\/.env.local: /)]);
    expect(existsSync(there('untracked'))).toBe(false);
  });

  it('are links as links: to the same place of the worktree, or to the same file elsewhere', async () => {
    const outside = join(workshop.base, '../outside');
    await writeFile(outside, 'SECRET=3');
    await symlink('.env', here('.env.same'));
    await symlink(here('.env'), here('skills/beta/.env'));
    await symlink('../outside', here('.env.out'));
    await symlink('.env.later', here('.env.nowhere'));
    await workshop.create(['alpha']);
    expect(await readlink(there('.env.same'))).toBe('.env');
    expect(await readlink(there('skills/beta/.env'))).toBe('../../.env');
    expect(await readlink(there('.env.out'))).toBe(outside);
    expect(await readlink(there('.env.nowhere'))).toBe('.env.later');
    expect(await workshop.createOne('alpha')).toBe('kept');
    expect(workshop.warnings).toEqual([]);
    expect(await workshop.removeOne('alpha')).toBe('removed');
    expect(await readFile(outside, 'utf8')).toBe('SECRET=3');
  });

  it('are not written through a link that leads out of the worktree', async () => {
    await workshop.create(['alpha']);
    const elsewhere = join(workshop.base, 'elsewhere');
    await mkdir(elsewhere);
    await rm(there('skills/alpha'), { recursive: true });
    await symlink(elsewhere, there('skills/alpha'));
    await workshop.create(['alpha']);
    expect(existsSync(join(elsewhere, '.env.local'))).toBe(false);
  });

  it('are not carried to where git would not ignore them, nor over what the branch itself has', async () => {
    await workshop.repository.git('switch', '-qc', 'skill/alpha', 'HEAD~1');
    await rm(here('.env'));
    await workshop.repository.commit({ 'skills/alpha/.env.local': 'tracked' });
    await workshop.repository.git('switch', '-q', 'main');
    for (const file of ['.env', 'skills/alpha/.env.local']) await workshop.repository.write(file, 'SECRET=1');
    expect(await workshop.createOne('alpha')).toBe('adopted');
    expect(await inWorktree('skills/alpha/.env.local')).toBe('tracked');
    expect(existsSync(there('.env'))).toBe(false);
    expect(workshop.warnings).toContainEqual(
      expect.stringMatching(/^alpha: .env: not copied: git does not ignore it on this branch/),
    );
  });

  it('make no folder that a sparse worktree leaves out', async () => {
    await workshop.repository.write('skills/beta/.env', 'SECRET=3');
    const request = { ...workshop.request('alpha'), folders: ['skills/alpha'] };
    await createWorktrees([request], workshop.options());
    expect(existsSync(there('skills/alpha/.env.local'))).toBe(true);
    expect(existsSync(there('skills/beta'))).toBe(false);
  });

  it('come from the checkout that it is run in, where the repository is a bare one', async () => {
    const bare = join(workshop.base, '../bare.git');
    await workshop.repository.git('clone', '-q', '--bare', '.', bare);
    const trunk = join(workshop.base, '../trunk');
    await workshop.repository.git('-C', bare, 'worktree', 'add', '-q', trunk, 'main');
    await writeFile(join(trunk, '.env'), 'SECRET=trunk');
    await workshop.create(['alpha'], { cwd: trunk });
    expect(await inWorktree('.env')).toBe('SECRET=trunk');
  });
});

describe('removing a worktree', () => {
  beforeEach(() => workshop.create(['alpha']));

  it('takes carried files along, also where the main checkout has new ones by now', async () => {
    await workshop.repository.write('.env', 'SECRET=new');
    expect(await workshop.removeOne('alpha')).toBe('removed');
    expect(await readFile(here('.env'), 'utf8')).toBe('SECRET=new');
  });

  it('keeps one in which a carried file was changed, or made, and says which', async () => {
    await workshop.worktree('alpha').write('.env', 'SECRET=mine');
    await workshop.worktree('alpha').write('skills/beta/.env', 'NEW=1');
    const error = await workshop.removeOne('alpha');
    expect(error).toContain('ignored by git, with content that exists only here: .env, skills/beta/.env.');
    expect(error).toContain(`git worktree remove --force ${workshop.path('alpha')}`);
    expect(await inWorktree('.env')).toBe('SECRET=mine');
    await workshop.repository.write('.env', 'SECRET=mine');
    await rm(there('skills/beta/.env'));
    expect(await workshop.removeOne('alpha')).toBe('removed');
  });

  it('keeps the last copy of a carried file', async () => {
    await rm(here('.env'));
    expect(await workshop.removeOne('alpha')).toContain(
      'ignored by git, with content that exists only here: .env.',
    );
    await rm(there('.env'));
    expect(await workshop.removeOne('alpha')).toBe('removed');
  });
});

describe('hooks', () => {
  const hook = '#!/bin/sh\necho "hook ran" >&2\nexit 1\n';

  async function addHook(file: string): Promise<void> {
    await workshop.repository.write(file, hook);
    await chmod(here(file), 0o755);
  }

  const commit = () => workshop.worktree('alpha').git('commit', '-q', '--allow-empty', '-m', 'x');

  it('of a relative core.hooksPath that git ignores run in the worktree, as those of husky', async () => {
    await addHook('.husky/_/pre-commit');
    await workshop.repository.write('.husky/_/.gitignore', '*');
    await workshop.repository.git('config', 'core.hooksPath', '.husky/_');
    await workshop.create(['alpha']);
    await expect(commit()).rejects.toThrow('hook ran');
    expect((await lstat(there('.husky/_/pre-commit'))).mode & 0o111).toBe(0o111);
    expect(workshop.warnings).toEqual([]);
    expect(await workshop.removeOne('alpha')).toBe('removed');
  });

  it('run in a sparse worktree too, where they are committed', async () => {
    await addHook('.githooks/pre-commit');
    await workshop.repository.commit({});
    await workshop.repository.git('config', 'core.hooksPath', '.githooks');
    const request = { ...workshop.request('alpha'), folders: ['skills/alpha'] };
    await createWorktrees([request], workshop.options());
    await expect(commit()).rejects.toThrow('hook ran');
  });

  it('that are neither committed nor ignored are said, as they do not run there', async () => {
    await addHook('.githooks/pre-commit');
    await workshop.repository.git('config', 'core.hooksPath', '.githooks');
    await workshop.create(['alpha']);
    expect(workshop.warnings).toEqual([
      expect.stringMatching(
        /^alpha: pre-commit: git hooks that do not run in .*: core.hooksPath is .githooks/,
      ),
    ]);
  });

  it('that all checkouts share are no matter', async () => {
    await addHook('.git/hooks/pre-commit');
    await workshop.create(['alpha']);
    await expect(commit()).rejects.toThrow('hook ran');
    const shared = join(workshop.base, '../shared-hooks');
    await mkdir(shared);
    await workshop.repository.git('config', 'core.hooksPath', shared);
    await workshop.create(['beta']);
    expect(workshop.warnings).toEqual([]);
  });
});

describe('postCreate', () => {
  const node = (script: string) => ({ postCreate: [process.execPath, '-e', script] });

  it('runs once in each new worktree, after files were carried there, and shows what it printed', async () => {
    const script =
      'console.log(process.cwd(), fs.readFileSync(".env", "utf8")); fs.appendFileSync("ran", "x")';
    await workshop.repository.write('.git/info/exclude', 'ran\n');
    await workshop.create(['alpha'], node(script));
    await workshop.create(['alpha'], node(script));
    expect(await inWorktree('ran')).toBe('x');
    expect(workshop.notices).toContain(`${workshop.path('alpha')} SECRET=1`);
  });

  it('has made what it would make again: that is no reason to keep a worktree, but a change of it is', async () => {
    const script = 'fs.appendFileSync(".env", "\\nPORT=1"); fs.writeFileSync(".env.made", "1")';
    await workshop.create(['alpha'], node(script));
    await workshop.create(['alpha'], node(script));
    await workshop.worktree('alpha').write('.env.made', 'mine');
    expect(await workshop.removeOne('alpha')).toContain('only here: .env.made.');
    await rm(there('.env.made'));
    expect(await workshop.removeOne('alpha')).toBe('removed');
  });

  it('leaves a worktree that can be worked in when it fails, and runs again the next time', async () => {
    const fails = node('console.error("no database"); process.exit(3)');
    const [failed] = await workshop.create(['alpha'], fails);
    expect(failed?.action).toBe('created');
    expect(String(failed?.error)).toMatch(/failed with exit code 3:[^]*no database/);
    expect(await workshop.worktree('alpha').git('status', '--porcelain')).toBe('');
    expect(await workshop.create(['alpha'], node(''))).toMatchObject([{ action: 'kept' }]);
    expect((await workshop.create(['alpha'], fails))[0]).not.toHaveProperty('error');
  });

  it('says of a command that is not there which it is', async () => {
    const [result] = await workshop.create(['alpha'], { postCreate: ['no-such-command', 'a b'] });
    expect(String(result?.error)).toContain('"no-such-command a b" in');
  });

  it('does not run in a worktree that was there before', async () => {
    await workshop.create(['alpha']);
    await workshop.create(['alpha'], node('fs.writeFileSync("ran", "")'));
    expect(existsSync(there('ran'))).toBe(false);
  });
});
