import { execa } from 'execa';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { ownState } from './support/own-state.js';
import { until } from './support/poll.js';
import { type NxRun, Workspace } from './support/workspace.js';

let workspace: Workspace;

/** Output of a git command in the workspace. */
async function git(...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: workspace.root })).stdout;
}

/** Creates a branch of a skill from main, with a new answer of the skill and other changed files; it stays checked out. */
async function branch(skill: string, files: Record<string, string> = {}): Promise<void> {
  await git('switch', '-qc', `skill/${skill}`, 'main');
  await workspace.change(skill, { says: `${skill} of its branch` });
  for (const [path, text] of Object.entries(files)) await workspace.write(path, text);
  await workspace.commit(`work on ${skill}`);
}

function merge(skills: string, ...options: string[]): Promise<NxRun> {
  return workspace.nx(['run-many', '-t', 'merge', '-p', skills, ...options]);
}

const testTarget = (command: string) => JSON.stringify({ targets: { test: { command } } });

beforeAll(async () => {
  workspace = await Workspace.create({
    one: {},
    two: {},
    stale: {},
    clash: {},
    fine: {},
    breaking: {},
    apart: {},
  });
  // A checkout uses the packages of the workspace if both have the same lock file.
  await workspace.write('package-lock.json', '{"lockfileVersion": 3, "packages": {}}');
  await workspace.commit('lock file');
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  await workspace.git(
    'clone',
    '-q',
    '--bare',
    workspace.root,
    join(workspace.root, '.local-platform/origin.git'),
  );
  await workspace.git('remote', 'add', 'origin', join(workspace.root, '.local-platform/origin.git'));
  await branch('one', { 'shared.txt': 'one\n' });
  await branch('two');
  await branch('clash', { 'shared.txt': 'clash\n' });
  await branch('stale');
  await workspace.write('skills/stale/src/main.js', '// never deployed\n');
  await workspace.commit('more work');
  // Lands all at once; their artefacts are those of their branches.
  await git('switch', '-qc', 'together', 'main');
  for (const skill of ['one', 'two', 'clash', 'stale~1'])
    await git('checkout', '-q', `skill/${skill}`, '--', `skills/${skill.replace('~1', '')}`);
  await workspace.commit('together');
  await workspace.setUp(['deploy', 'one', 'two', 'clash', 'stale']);
  await git('switch', '-q', 'main');
  // One of them has its own worktree.
  await git('worktree', 'add', '-q', join(workspace.root, '.local-platform/two'), 'skill/two');
}, 180_000);
afterAll(() => workspace.close());

it('lands what is live and healthy, in one push, and refuses the rest with what to do', async () => {
  // No deploy has recorded these branches: their heads are built again to compare.
  await workspace.write('notes.txt', 'mine');
  await git('add', 'notes.txt');
  const before = await ownState(workspace.root);
  const { exitCode, output } = await merge('clash,one,stale,two,fine');
  expect(exitCode).toBe(1);

  expect(output).toContain('Verifying 4 branches on the local platform');
  expect(output).toContain(
    `Merging 3 branches into main: this pushes main to origin (${workspace.root}/.local-platform/origin.git)`,
  );
  expect(output).toContain('5 skills: 2 merged, 2 refused, 1 with nothing to merge.');
  expect(output).toMatch(/fine +nothing +there is no branch skill\/fine/);
  expect(output).toMatch(
    /stale was not merged: the live version \(deployment \S+\) is artefact sha256:\S+, and \w+, the head of skill\/stale, builds to sha256:\S+\n  To continue:\n    git switch skill\/stale\n    npx nx deploy stale\n    npx nx merge stale\n/,
  );
  expect(output).toContain(
    [
      'one was not merged: skill/one conflicts with main',
      '    shared.txt',
      '  To continue:',
      '    git switch skill/one',
      '    git pull --no-rebase origin main',
    ].join('\n'),
  );
  expect(output).toContain(`main here was not moved: ${workspace.root} has uncommitted changes`);

  // The person's uncommitted work is unchanged in both working trees; so are the branches that did not land.
  expect(await ownState(workspace.root)).toEqual(before);
  expect(await git('-C', '.local-platform/two', 'status', '--porcelain')).toBe('');
  expect(await git('worktree', 'list')).toMatch(/^[^\n]+\n[^\n]+two +\w+ \[skill\/two\]$/);

  await git('fetch', '-q');
  const landed = await git('log', '--first-parent', '--format=%s', 'origin/main');
  expect(landed.split('\n')).toEqual(['Merge skill/two', 'Merge skill/clash', 'lock file', 'first']);
  const { deployment, digest, url } = await workspace.status('two');
  const trailers = await git('log', '-1', '--format=%(trailers:only,unfold)', 'origin/main');
  expect(trailers).toMatch(
    new RegExp(
      `^Skill: two\nEnvironment: local\nDeployment: ${deployment}\nDigest: ${digest}\nURL: ${url}\nVerified-At: \\d{4}-\\S+Z\n$`,
    ),
  );
});

it('records what has landed and what was refused', async () => {
  const mergeCommit = await git('rev-parse', 'origin/main');
  expect(await workspace.status('two')).toMatchObject({ merge: { commit: mergeCommit, into: 'main' } });
  expect(await workspace.records('merged')).toMatchObject([
    { skill: 'clash' },
    { skill: 'two', commit: mergeCommit },
  ]);
  expect(await workspace.records('merge-refused')).toMatchObject([
    { skill: 'stale', branch: 'skill/stale' },
    { skill: 'one', files: ['shared.txt'] },
  ]);
  const logs = await readdir(join(workspace.root, 'logs/merges'));
  const log = logs.find((name) => /^merge-[\dTZ-]+\.log$/.test(name)) ?? '';
  expect(await workspace.read(`logs/merges/${log}`)).toContain('skill/one conflicts with main');
});

atNight(() => {
  it('tests what the merges affect on the result of all, finds what breaks it, and lands the rest', async () => {
    await git('rm', '-qf', 'notes.txt');
    await git('pull', '-q', 'origin', 'main');
    await branch('fine', { 'skills/fine/project.json': testTarget('test ! -e ../../broken') });
    await branch('breaking', {
      broken: '',
      'skills/breaking/project.json': testTarget('echo the sum is wrong; exit 1'),
    });
    await git('switch', '-q', 'main');
    await workspace.write('notes.txt', 'mine');
    const { exitCode, output } = await merge('fine,breaking,two', '--check', '--skipVerify', '--cleanup');
    expect(exitCode).toBe(1);
    expect(output).toContain('3 skills: 1 merged, 1 refused, 1 with nothing to merge.');
    expect(output).toMatch(/two +nothing +skill\/two is already merged/);
    expect(output).toContain('breaking was not merged: the tests fail with skill/breaking');
    expect(output).toContain('the sum is wrong');
    expect(await git('log', '-1', '--format=%B')).toBe(
      'Merge skill/fine\n\nSkill: fine\nVerified: no (--skip-verify)\n',
    );
    // The checkout of main was clean, so it follows; the tests' checkout is deleted.
    expect(await git('rev-parse', 'main')).toBe(await git('rev-parse', 'origin/main'));
    expect(await git('status', '--porcelain')).toBe('?? notes.txt');
    expect(await git('worktree', 'list')).toMatch(/^[^\n]+\[main\]$/);
    // Merged branches are deleted, with their worktrees; the others stay.
    expect(await git('branch', '--format=%(refname:short)', '--list', 'skill/*')).toBe(
      'skill/breaking\nskill/clash\nskill/one\nskill/stale',
    );
  });

  it('leaves nothing of the tests when it is interrupted', async () => {
    const pidFile = join(workspace.root, '.local-platform/pid');
    await branch('fine', { 'skills/fine/project.json': testTarget(`echo $$ > ${pidFile}; exec sleep 600`) });
    await git('switch', '-q', 'main');
    const before = await git('ls-remote', 'origin', 'main');
    const run = workspace.start(['merge', 'fine', '--check', '--skipVerify']);
    const pid = await until(
      'the tests run',
      async () => (await readFile(pidFile, 'utf8').catch(() => '')).trim() || false,
    );
    run.kill('SIGINT');
    const { exitCode } = await run.ended;
    expect(exitCode).not.toBe(0);
    await until('the tests are ended', async () => !isAlive(Number(pid)));
    await until('the checkout is gone', async () => /^[^\n]+\[main\]$/.test(await git('worktree', 'list')));
    expect(await git('ls-remote', 'origin', 'main')).toBe(before);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

atNight(() => {
  it('refuses a branch that has no history in common with main by itself, and lands the others', async () => {
    await branch('two', { 'two.txt': 'more' });
    await git('switch', '-q', '--orphan', 'skill/apart');
    await workspace.write('skills/apart/src/main.js', '// begun anew');
    await git('add', 'skills');
    await workspace.git('commit', '-qm', 'begun anew');
    await git('switch', '-q', 'main');
    const { exitCode, output } = await merge('apart,two', '--skipVerify');
    expect(exitCode).toBe(1);
    expect(output).toContain('2 skills: 1 merged, 1 refused.');
    expect(output).toContain(
      [
        'apart was not merged: skill/apart and main have no history in common, so git cannot tell what skill/apart has changed',
        '  To continue:',
        '    git switch skill/apart',
        '    git pull --no-rebase --allow-unrelated-histories origin main',
        '    npx nx deploy apart',
        '    npx nx merge apart',
      ].join('\n'),
    );
  });

  it('merges in this clone only with --no-push, and not once more before that is pushed', async () => {
    const there = await git('ls-remote', 'origin', 'main');
    const { exitCode, output } = await merge('fine', '--no-push', '--skipVerify', '--cleanup');
    expect(exitCode, output).toBe(0);
    expect(output).toContain('Merging 1 branch into main of this clone: nothing is pushed (--no-push)');
    expect(output).toContain('Not pushed. To push it: git push origin main');
    expect(await git('ls-remote', 'origin', 'main')).toBe(there);
    expect(await git('log', '-1', '--format=%s', 'main')).toBe('Merge skill/fine');
    expect(await git('branch', '--list', 'skill/fine')).toBe('');

    await git('branch', 'skill/fine', 'main^2');
    const again = await merge('fine', '--skipVerify');
    expect(again.exitCode).toBe(1);
    expect(again.output).toContain(
      [
        'fine was not merged: skill/fine is merged into main of this clone, which is not pushed',
        '  To continue:',
        '    git push origin main',
      ].join('\n'),
    );
    await git('push', '-q', 'origin', 'main');
    expect((await merge('fine', '--skipVerify')).output).toMatch(
      /fine +nothing +skill\/fine is already merged/,
    );
  });

  it('says in a sentence that main is protected, and what helps', async () => {
    const hook = join(workspace.root, '.local-platform/origin.git/hooks/pre-receive');
    const refusal = 'error: GH006: Protected branch update failed for refs/heads/main.';
    await writeFile(hook, `#!/bin/sh\necho "${refusal}" >&2\nexit 1\n`, { mode: 0o755 });
    const { exitCode, output } = await merge('breaking', '--skipVerify');
    expect(exitCode).toBe(1);
    expect(output).toMatch(
      /^breaking was not merged: Could not push main to origin \(\S+\): a rule of the repository protects main \(GH006: [^\n]+\)\. Push your branch and open a pull request, or merge in this clone only: --no-push\n\n/m,
    );
  });
});
