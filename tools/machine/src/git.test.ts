import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foreignRepository, git, GitError, gitOutput } from './git.js';

let cwd: string;

beforeEach(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'git-')));
  await gitOutput(['init', '-q', '-b', 'main'], { cwd });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cwd, { recursive: true, force: true });
});

/** A command that git runs in a shell, as it runs editors and hooks. */
function alias(command: string): string[] {
  return ['-c', `alias.run=!${command}`, 'run'];
}

describe('git', () => {
  it('returns the exit code: an answer, not an error', async () => {
    expect(await git(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd })).toMatchObject({ exitCode: 1 });
  });

  it('hands text to standard input', async () => {
    const hash = await gitOutput(['hash-object', '-w', '--stdin'], { cwd, input: 'text' });
    expect(await gitOutput(['cat-file', 'blob', hash], { cwd })).toBe('text');
  });

  it('works in its folder, whatever repository the environment names', async () => {
    vi.stubEnv('GIT_DIR', '/nowhere');
    vi.stubEnv('GIT_INDEX_FILE', '/nowhere/index');
    expect(await gitOutput(['rev-parse', '--show-toplevel'], { cwd })).toBe(cwd);
    expect(await gitOutput(['status', '--porcelain'], { cwd })).toBe('');
  });

  it('has no terminal for prompts, and no editor', async () => {
    const terminal = await git(alias('sh -c "echo asked > /dev/tty"'), { cwd });
    expect(terminal.exitCode).not.toBe(0);
    expect(await gitOutput(['var', 'GIT_EDITOR'], { cwd })).toBe(':');
  });

  it('says what git said, without the credentials of a URL', async () => {
    const url = 'http://user:secret@127.0.0.1:1/x.git';
    const error: unknown = await gitOutput(['ls-remote', url], { cwd }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GitError);
    expect(String(error)).toContain('ls-remote http://***@127.0.0.1:1/x.git');
    expect(String(error)).not.toContain('secret');
    const ssh = gitOutput(['nonsense', 'ssh://git@127.0.0.1/x', 'ssh://git:secret@127.0.0.1/x'], { cwd });
    await expect(ssh).rejects.toThrow('nonsense ssh://git@127.0.0.1/x ssh://***@127.0.0.1/x');
  });

  it('runs the hooks of the own repository, and none of a foreign one', async () => {
    const commit = [...['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'], 'commit', '-q'];
    const hook = join(cwd, '.git/hooks/pre-commit');
    writeFileSync(hook, '#!/bin/sh\necho refused >&2\nexit 1\n', { mode: 0o755 });
    const args = [...commit, '--allow-empty', '-m', 'Start'];
    expect(await git(args, { cwd })).toMatchObject({ exitCode: 1, stderr: 'refused' });
    expect(await git(args, { cwd, policy: foreignRepository })).toMatchObject({ exitCode: 0 });
  });

  it('hands no variable GIT_* on to a foreign repository', async () => {
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'core.sshCommand');
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'some-program');
    const args = ['config', 'core.sshCommand'];
    expect(await gitOutput(args, { cwd })).toBe('some-program');
    expect(await git(args, { cwd, policy: foreignRepository })).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('ends git and what it started when the time is up', async () => {
    const file = join(cwd, 'pid');
    const hanging = git(alias(`sh -c "echo \\$\\$ > ${file}; trap : TERM; while :; do sleep 1; done"`), {
      cwd,
      timeoutMs: 2_000,
    });
    await expect(hanging).rejects.toThrow('did not end within 2 s and was stopped');
    const pid = Number(await readFile(file, 'utf8'));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });
  });

  it('ends git when aborted, and does not start it afterwards', async () => {
    const controller = new AbortController();
    const running = git(alias('sleep 60'), { cwd, signal: controller.signal });
    controller.abort(new Error('Ctrl-C'));
    await expect(running).rejects.toThrow('Ctrl-C');
    await expect(git(['init', 'later'], { cwd, signal: controller.signal })).rejects.toThrow('Ctrl-C');
    expect(await gitOutput(['status', '--porcelain'], { cwd })).toBe('');
  });

  it('says that the folder does not exist', async () => {
    await expect(git(['status'], { cwd: join(cwd, 'gone') })).rejects.toThrow(
      /"git status" in .*gone.* did not run/,
    );
  });
});
