import { ensurePlatform, stopPlatform } from '@odoobo/local-platform/client';
import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { type NxRun, Workspace } from './support/workspace.js';

const secret = 'correct-horse-battery-staple';
/** A service account as Node prints it, with quotes and backslashes escaped, its key in several lines. */
const key = Array.from({ length: 4 }, () => randomBytes(48).toString('base64')).join('\n');
const account = JSON.stringify({ private_key: `${key}\n`, note: 'say "hi" \\ bye' });
const database = 'postgres://app:p4ss%2Fw0rd@db.test/shop';
const others = { ACCOUNT: account, DATABASE_URL: database };
/** Texts that must not appear anywhere. */
const hidden = [secret, ...key.split('\n'), 'p4ss%2Fw0rd', 'p4ss/w0rd'];
const envs = `envs:
  - { key: API_KEY, type: SECRET, scope: RUN_TIME }
  - { key: RENAMED, type: SECRET, scope: RUN_TIME, value: "\${OTHER_NAME}" }
  - { key: ACCOUNT, type: SECRET, scope: RUN_TIME }
  - { key: DATABASE_URL, type: SECRET, scope: RUN_TIME }
  - { key: LEVEL, scope: RUN_TIME, value: debug }
  - { key: OWN_URL, scope: RUN_TIME, value: "\${APP_URL}" }`;

let workspace: Workspace;
const printed: NxRun[] = [];

async function deploy(env: Record<string, string>): Promise<NxRun> {
  const run = await workspace.nx(['run-many', '-t', 'deploy'], { ...others, ...env });
  printed.push(run);
  return run;
}

async function deployWithoutNx(env: Record<string, string>): Promise<NxRun> {
  const run = await workspace.warm(['deploy'], { ...others, ...env });
  printed.push(run);
  return run;
}

async function environmentOfService(): Promise<Record<string, string>> {
  const url = (await workspace.status('keeper'))['url'] ?? '';
  return (await fetch(`${url}/environment`)).json() as Promise<Record<string, string>>;
}

beforeAll(async () => {
  workspace = await Workspace.create({ keeper: { service: envs, behaviour: { printsEnvironment: true } } });
});
afterAll(() => workspace.close());

atNight(() => {
  it('starts without a secret that is missing, and warns', async () => {
    const { exitCode, output } = await deploy({});
    expect(exitCode).toBe(0);
    expect(output).toContain('! API_KEY is not set. keeper is deployed anyway: it keeps the live value,');
    expect(output).toContain('! OTHER_NAME is not set');
    expect(await environmentOfService()).not.toHaveProperty('API_KEY');
  });
});

it('gives a service what its spec gives it, the mark of its process, and nothing else', async () => {
  const { exitCode } = await deploy({ API_KEY: secret, OTHER_NAME: `${secret}-2`, UNRELATED: 'x' });
  expect(exitCode).toBe(0);
  const { SKILL_DIGEST, PORT, PATH, LOCAL_PLATFORM_PROCESS, ...environment } = await environmentOfService();
  expect([SKILL_DIGEST, PORT, PATH, LOCAL_PLATFORM_PROCESS]).toEqual([
    expect.stringMatching(/^sha256:/),
    expect.stringMatching(/^\d+$/),
    expect.any(String),
    expect.stringContaining('kind=instance'),
  ]);
  expect(environment).toEqual({
    API_KEY: secret,
    RENAMED: `${secret}-2`,
    ACCOUNT: account,
    DATABASE_URL: database,
    LEVEL: 'debug',
    OWN_URL: (await workspace.status('keeper'))['url'],
    HOST: '127.0.0.1',
  });
});

it('writes nothing while the secrets are the same, and one deployment when one changes', async () => {
  const same = await deployWithoutNx({ API_KEY: secret, OTHER_NAME: `${secret}-2` });
  expect(same.output).toContain('already up to date.');
  const changed = await deployWithoutNx({ API_KEY: `${secret}-new`, OTHER_NAME: `${secret}-2` });
  expect(changed.output).toMatch(/keeper +updated/);
  expect(await environmentOfService()).toMatchObject({ API_KEY: `${secret}-new` });
});

it('takes what the environment does not have from .env at the root, and not from one of the skill', async () => {
  await workspace.write('.env', `API_KEY=${secret}-new\nOTHER_NAME=${secret}-2\n`);
  await workspace.write('skills/keeper/.env', 'API_KEY=of-the-skill\n');
  const { output } = await deploy({});
  await workspace.remove('.env');
  await workspace.remove('skills/keeper/.env');
  expect(output).toContain('already up to date.');
  expect(output).not.toContain('is not set');
});

atNight(() => {
  it('says so when the key of the platform is lost, and sends the secrets again', async () => {
    const secrets = { API_KEY: `${secret}-new`, OTHER_NAME: `${secret}-2` };
    const platform = join(workspace.root, '.local-platform');
    const loseKey = async () => {
      await stopPlatform(platform);
      await workspace.remove('.local-platform/key');
    };
    await loseKey();
    const { output } = await deploy(secrets);
    expect(output).toMatch(/! App "keeper": these secrets cannot be read, .*API_KEY of keeper/);
    expect(output).toMatch(/keeper +updated/);
    expect(await environmentOfService()).toMatchObject({ API_KEY: `${secret}-new`, ACCOUNT: account });
    expect((await deploy(secrets)).output).toContain('already up to date.');
    await loseKey();
    await ensurePlatform(platform);
    const plan = await workspace.nx(['run', 'keeper:plan'], { ...others, ...secrets });
    expect(plan.output).toMatch(/services\/keeper\/envs\/API_KEY\/value/);
    expect((await deploy(secrets)).output).toMatch(/keeper +updated/);
  });
});

it('leaves no secret in the terminal, even where the service prints it and fails', async () => {
  await workspace.change('keeper', { fault: 'crashes', printsEnvironment: true });
  const { output } = await deploy({ API_KEY: secret, OTHER_NAME: `${secret}-2` });
  expect(output).toContain('reason: DeployContainerExitNonZero');
  expect(output).toContain('| about to fail');
  expect(output).not.toContain('\u001b[31m');
  for (const run of printed) for (const one of hidden) expect(run.output).not.toContain(one);
});

it('leaves no secret in a log, the status, the journal, a cache or the state of the platform', async () => {
  // The output of the services themselves is stored unchanged in the platform's folder, which only its owner may read.
  const search = [
    '-rlF',
    ...hidden.flatMap((one) => ['-e', one]),
    '.',
    '--exclude-dir=node_modules',
    '--exclude-dir=.git',
    '--exclude=run*.log',
  ];
  const { stdout } = await execa('grep', search, { cwd: workspace.root, reject: false });
  expect(stdout).toBe('');
});

it('lets no other user read the logs of services', async () => {
  const { stdout: files } = await execa('find', ['.', '-name', '*.log', '-path', '*log*'], {
    cwd: workspace.root,
  });
  expect(files).toMatch(/logs\/deployments\/deploy-.*\.log/);
  expect(files).toMatch(/\.local-platform\/logs\/.*\/run.*\.log/);
  const open = [
    '.',
    '-perm',
    '/077',
    '-type',
    'f',
    '(',
    '-name',
    '*.log',
    '-o',
    '-name',
    'WORKTREE_STATUS*',
    ')',
  ];
  const { stdout } = await execa('find', open, { cwd: workspace.root });
  expect(stdout).toBe('');
});

it('shows the log of a service without its secrets', async () => {
  const { output, exitCode } = await workspace.nx(['run', 'keeper:logs'], {});
  expect(exitCode).toBe(0);
  expect(output).toContain('API_KEY');
  // The platform hides them, whether or not this environment has them.
  for (const one of hidden) expect(output).not.toContain(one);
});

atNight(() => {
  it('leaves orders to the terminal out of the log of a service, unless they are asked for', async () => {
    const { output } = await workspace.nx(['run', 'keeper:logs'], {});
    expect(output).toMatch(/ the environment$/m);
    const raw = await workspace.nx(['run', 'keeper:logs', '--raw'], {});
    expect(raw.output).toContain('\u001b[31mthe environment\u001b[0m');
  });

  it('follows a log, to its end', async () => {
    const { output, exitCode } = await workspace.nx(['run', 'keeper:logs', '--follow', '--type=deploy'], {});
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^keeper \S+Z live at http/m);
  });
});
