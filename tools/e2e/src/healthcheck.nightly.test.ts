import { startPlatform } from '@odoobo/local-platform';
import { stopPlatform } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type NxRun, Workspace } from './support/workspace.js';

const faults = { 'answers-500': 'answers-500', hangs: 'hangs', stale: 'wrong-digest' } as const;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ good: {}, 'never-live': { behaviour: { fault: 'crashes' } } });
  for (const [name, fault] of Object.entries(faults)) {
    const behaviour = { fault, faultWhen: join(workspace.root, 'break') };
    await workspace.writeSkill(name, { behaviour });
  }
  await workspace.nx(['run-many', '-t', 'deploy']);
  await workspace.writeSkill('not-deployed', {});
}, 120_000);
afterAll(() => workspace.close());

function healthcheck(skills: string, ...options: string[]): Promise<NxRun> {
  return workspace.nx(['run-many', '-t', 'healthcheck', '-p', skills, ...options]);
}

it('prints skill, URL, status, time and attempts of each', async () => {
  const { exitCode, output } = await healthcheck('good,answers-500,hangs,stale');
  const { url } = await workspace.status('good');
  expect(output).toMatch(new RegExp(`good +healthy +200 +[0-9.]+ m?s +1 +${url}/health\n`));
  expect(output).toContain('4 skills: 4 healthy.');
  expect(exitCode).toBe(0);
});

it('asks for the list of apps once, however many skills there are', async () => {
  const cloud = await startPlatform({ directory: join(workspace.root, '.local-platform/cloud') });
  try {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: cloud.token };
    const args = ['run-many', '-t', 'healthcheck', '-c', 'production', `--platformUrl=${cloud.url}`];
    const { exitCode, output } = await workspace.nx(args, env);
    expect(cloud.requests).toEqual(['GET /v2/apps']);
    expect(output).toContain(`good is not on App Platform (${cloud.url})`);
    expect(output).toContain('Deploy it: npx nx deploy good -c production');
    expect(exitCode).toBe(1);
  } finally {
    await cloud.close();
  }
});

it('fails for each that is not healthy within the time, and for no other', async () => {
  await workspace.write('break', '');
  const { exitCode, output } = await healthcheck('good,answers-500,hangs,stale', '--timeout=5');
  await workspace.remove('break');
  expect(exitCode).toBe(1);
  expect(output).toMatch(/good +healthy +200 /);
  expect(output).toMatch(/answers-500 +unhealthy +500 +[0-9.]+ m?s +([2-9]|\d\d) /);
  expect(output).toMatch(/answers-500 is not healthy after 5 s and \d+ attempts: GET \S+: it answered 500/);
  expect(output).toContain('See its log: npx nx logs answers-500');
  expect(output).toMatch(/hangs +unhealthy +- +- +1 /);
  expect(output).toMatch(/hangs is not healthy after 5 s and 1 attempt: GET \S+: no answer within 5 s/);
  expect(output).toMatch(
    /stale is not healthy [^\n]*: artefact sha256:stale is serving, not sha256:[0-9a-f]{64}/,
  );
  expect(output).toContain('4 skills: 1 healthy, 3 unhealthy.');
});

it('waits for a skill that becomes healthy in time', async () => {
  await workspace.write('break', '');
  const run = workspace.start(['healthcheck', 'answers-500', '--timeout=60']);
  await run.says('answers-500: it answered 500; trying again for up to 60 s');
  await workspace.remove('break');
  const { exitCode, output } = await run.ended;
  expect(output).toMatch(/answers-500 +healthy +200 /);
  expect(exitCode).toBe(0);
});

it('says what to do where there is nothing to ask', async () => {
  const { exitCode, output } = await healthcheck('never-live,not-deployed');
  expect(exitCode).toBe(1);
  expect(output).toContain(
    'never-live has never been live: its last deployment failed. See why: npx nx logs never-live --type=deploy',
  );
  expect(output).toMatch(
    /not-deployed is not on the local platform \(\S+\)\. Deploy it: npx nx deploy not-d/,
  );
  expect(output).toContain('2 skills: 2 not live.');
});

it('gives the same result in a process of its own', async () => {
  const { exitCode, output } = await workspace.nx(['healthcheck', 'good'], { NX_BATCH_MODE: 'false' });
  expect(output).toContain('1 skill: 1 healthy.');
  expect(exitCode).toBe(0);
});

it('ends at once when it is interrupted', async () => {
  await workspace.write('break', '');
  const run = workspace.start(['healthcheck', 'hangs', '--timeout=3600']);
  await run.says('Checking 1 skill');
  run.kill('SIGINT');
  const { exitCode } = await run.ended;
  await workspace.remove('break');
  expect(exitCode).not.toBe(0);
});

it('does not start a platform that is stopped', async () => {
  await stopPlatform(join(workspace.root, '.local-platform'));
  const { exitCode, output } = await healthcheck('good');
  expect(exitCode).toBe(1);
  expect(output).toContain(
    'The local platform is not running, so nothing is live. Start it with all its apps: ',
  );
  await expect(workspace.api('/apps')).rejects.toThrow('not running');
});
