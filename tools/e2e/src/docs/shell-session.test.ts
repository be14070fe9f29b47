import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { scriptOf } from './sh-blocks.js';
import { ShellSession } from './shell-session.js';

let folder: string;
let session: ShellSession;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'page-')));
  session = await ShellSession.open(folder, process.env);
});
afterEach(async () => {
  await session.close();
  await rm(folder, { recursive: true });
});

it('keeps what a block leaves: its folder, its variables, what it runs in the background', async () => {
  expect(await session.run('mkdir skills; cd skills; skill=nl-sql; sleep 60 &')).toMatchObject({
    exitCode: 0,
  });
  const { output } = await session.run('pwd; echo "$skill"; jobs; kill $!');
  const [place, name, job] = output.split('\n');
  expect([place, name]).toEqual([join(folder, 'skills'), 'nl-sql']);
  expect(job).toContain('Running');
});

it('ends with the first command that fails, and says which line of the page that is', async () => {
  await session.run('echo fine');
  const lines = ['true', 'ls /nowhere', 'echo not reached'].map((text, index) => ({
    number: index + 7,
    text,
  }));
  const { exitCode, output } = await session.run(
    scriptOf({ page: 'docs/a.md', heading: '', lines }, () => true),
  );
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/nowhere.*\ndocs\/a\.md:8 failed/);
  await expect(session.run('true')).rejects.toThrow('An earlier block has ended this shell.');
});
