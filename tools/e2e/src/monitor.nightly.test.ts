import { startPlatform } from '@odoobo/local-platform';
import { stopPlatform } from '@odoobo/local-platform/client';
import { execa } from 'execa';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processesIn } from './support/processes.js';
import { inTerminal } from './support/terminal.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ good: {}, 'never-live': { behaviour: { fault: 'crashes' } } });
  await workspace.writeSkill('flaky', {
    behaviour: { fault: 'answers-500', faultWhen: join(workspace.root, 'break') },
  });
  await workspace.nx(['run-many', '-t', 'deploy']);
  await workspace.writeSkill('not-deployed', {});
}, 120_000);
afterAll(() => workspace.close());

/** The processes of Nx in the workspace. */
async function nxProcesses(): Promise<string[]> {
  const commands = (await processesIn(workspace.root)).map(({ command }) => command);
  return commands.filter((command) => command.includes('/nx/dist/'));
}

it('shows the state of each skill once, and fails because one has failed', async () => {
  const { exitCode, output } = await workspace.nx(['monitor', '--once']);
  const { url } = await workspace.status('good');
  expect(output).toContain('4 skills: 1 failed, 2 healthy, 1 not deployed');
  expect(output).toMatch(new RegExp(`good +active +healthy +[0-9.]+ m?s +1.0.0 +\\d+ s +${url}\n`));
  expect(output).toMatch(/never-live +failed +- +- +- +- +-\n/);
  expect(output).toMatch(/not-deployed +not deployed +-/);
  expect(output).toMatch(/Last events\n[^]* never-live +failed after [^\n]*DeployContainerExitNonZero/);
  expect(exitCode).toBe(1);
});

it('prints JSON and nothing else for jq, and ends quietly with whoever reads', async () => {
  const command = join(import.meta.dirname, '../../nx-skills/bin/nx-skills.js');
  const env = { ...outerEnvironment(), ...workspace.env };
  const once = await execa('node', [command, 'monitor', '--once', '--json'], {
    cwd: workspace.root,
    env,
    extendEnv: false,
    reject: false,
  });
  expect(JSON.parse(once.stdout)).toMatchObject({ success: false, summary: { healthy: 2, failed: 1 } });
  expect(once.stderr).toBe('');
  expect(once.exitCode).toBe(1);
  const pipe = '"$0" "$1" monitor --json --interval=1 | head -2; echo done';
  const { stdout, stderr } = await execa('sh', ['-c', pipe, process.execPath, command], {
    cwd: workspace.root,
    env,
    extendEnv: false,
  });
  const [first, second, ...rest] = stdout.split('\n');
  for (const line of [first, second]) expect(JSON.parse(line ?? '')).toMatchObject({ success: false });
  expect(rest).toEqual(['done']);
  expect(stderr).toBe('');
});

it('reads one list from another platform, in a workspace without a name, and succeeds', async () => {
  const folder = basename(workspace.root);
  await workspace.write('package.json', '{"private":true,"type":"module","workspaces":["packages/*"]}');
  await workspace.write('packages/main/package.json', JSON.stringify({ name: folder }));
  const cloud = await startPlatform({ directory: join(workspace.root, '.local-platform/cloud') });
  try {
    const args = ['monitor', '-c', 'production', '--once', '--json', `--platformUrl=${cloud.url}`];
    const { exitCode, output } = await workspace.nx(args, { DIGITALOCEAN_ACCESS_TOKEN: cloud.token });
    expect(output).toContain(`> nx run ${folder}-workspace:monitor:production`);
    const documents = output.split('\n').filter((line) => line.startsWith('{'));
    expect(documents.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        success: true,
        platform: `App Platform (${cloud.url})`,
        summary: { undeployed: 4 },
        skills: { length: 4 },
      },
    ]);
    expect(cloud.requests).toEqual(['GET /v2/apps']);
    expect(exitCode).toBe(0);
  } finally {
    await cloud.close();
  }
});

it('draws over the terminal while things change, and gives it back at once on Ctrl-C', async () => {
  const run = inTerminal(workspace, ['monitor', '--interval=1'], { columns: 70, rows: 14 });
  await run.says('2 healthy');
  await workspace.write('break', '');
  await run.says('it answered 500');
  await stopPlatform(join(workspace.root, '.local-platform'));
  await run.says('The platform cannot be read. The table is from');
  run.type('\u0003');
  expect(await run.exitCode()).toBe(130);
  const [before = '', ...frames] = run.output().split('\u001b[H');
  expect(before).toContain('\u001b[?1049h');
  for (const frame of frames) expect(frame.split('\n').length).toBeLessThanOrEqual(14 + 1);
  // No output of Nx is in between, and none follows.
  expect(frames.slice(0, -1).join('')).not.toMatch(/nx run|NX/);
  expect(frames.at(-1)).toMatch(/\u001b\[\?7h\u001b\[\?25h\u001b\[\?1049lexit code 130\s*$/);
  expect(await nxProcesses()).toEqual([]);
});

it('continues without a terminal while the platform is down, and prints one document per look', async () => {
  const run = workspace.start(['monitor', '--interval=1', '--json']);
  await run.says('The local platform is not running');
  await workspace.nx(['deploy', 'good']);
  await run.says('"healthy":1');
  run.kill('SIGINT');
  const { output } = await run.ended;
  expect(output).not.toContain('\u001b');
  const looks = output.split('\n').filter((line) => line.startsWith('{'));
  expect(looks.map((line) => (JSON.parse(line) as { trouble?: string }).trouble)).toContain(undefined);
  expect(await nxProcesses()).toEqual([]);
});

it('says once of a platform that is not there what to do', async () => {
  await stopPlatform(join(workspace.root, '.local-platform'));
  const { exitCode, output } = await workspace.nx(['monitor', '--once']);
  expect(output).toContain(
    'The local platform is not running, so nothing is live. Start it with all its apps: ',
  );
  expect(exitCode).toBe(1);
});
