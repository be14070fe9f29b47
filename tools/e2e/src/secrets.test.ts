import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace, type NxRun } from './support/workspace.js';

const secret = 'correct-horse-battery-staple';
const envs = `envs:
  - { key: API_KEY, type: SECRET, scope: RUN_TIME }
  - { key: RENAMED, type: SECRET, scope: RUN_TIME, value: "\${OTHER_NAME}" }
  - { key: LEVEL, scope: RUN_TIME, value: debug }
  - { key: OWN_URL, scope: RUN_TIME, value: "\${APP_URL}" }`;

let workspace: Workspace;
const printed: NxRun[] = [];

async function deploy(env: Record<string, string>): Promise<NxRun> {
  const run = await workspace.nx(['run-many', '-t', 'deploy'], env);
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

it('starts without a secret that is missing, and warns', async () => {
  const { exitCode, output } = await deploy({});
  expect(exitCode).toBe(0);
  expect(output).toContain('! API_KEY is not set: infra/do-gradient/keeper/app-spec.yaml');
  expect(output).toContain('! OTHER_NAME is not set');
  expect(await environmentOfService()).not.toHaveProperty('API_KEY');
});

it('gives a service what its spec gives it, and nothing else', async () => {
  const { exitCode } = await deploy({ API_KEY: secret, OTHER_NAME: `${secret}-2`, UNRELATED: 'x' });
  expect(exitCode).toBe(0);
  const { SKILL_DIGEST, PORT, PATH, ...environment } = await environmentOfService();
  expect([SKILL_DIGEST, PORT, PATH]).toEqual([
    expect.stringMatching(/^sha256:/),
    expect.stringMatching(/^\d+$/),
    expect.any(String),
  ]);
  expect(environment).toEqual({
    API_KEY: secret,
    RENAMED: `${secret}-2`,
    LEVEL: 'debug',
    OWN_URL: (await workspace.status('keeper'))['url'],
    HOST: '127.0.0.1',
  });
});

it('writes nothing while the secrets are the same, and one deployment when one changes', async () => {
  const same = await deploy({ API_KEY: secret, OTHER_NAME: `${secret}-2` });
  expect(same.output).toContain('Nothing was written.');
  const changed = await deploy({ API_KEY: `${secret}-new`, OTHER_NAME: `${secret}-2` });
  expect(changed.output).toMatch(/keeper +updated/);
  expect(await environmentOfService()).toMatchObject({ API_KEY: `${secret}-new` });
});

it('leaves no secret in the terminal, even where the service prints it and fails', async () => {
  await workspace.change('keeper', { fault: 'crashes', printsEnvironment: true });
  const { output } = await deploy({ API_KEY: secret, OTHER_NAME: `${secret}-2` });
  expect(output).toContain('reason: DeployContainerExitNonZero');
  for (const run of printed) expect(run.output).not.toContain(secret);
});

it('leaves no secret in a log, the status, the journal, a cache or the state of the platform', async () => {
  // What the services themselves print is theirs: it lies in the platform's folder, which only its owner may read.
  const search = [
    '-rlF',
    secret,
    '.',
    '--exclude-dir=node_modules',
    '--exclude-dir=.git',
    '--exclude=run*.log',
  ];
  const { stdout } = await execa('grep', search, { cwd: workspace.root, reject: false });
  expect(stdout).toBe('');
});

it('shows the log of a service without its secrets', async () => {
  const { output, exitCode } = await workspace.nx(['run', 'keeper:logs'], {});
  expect(exitCode).toBe(0);
  expect(output).toContain('API_KEY');
  expect(output).not.toContain(secret);
});

it('follows a log, to its end', async () => {
  const { output, exitCode } = await workspace.nx(['run', 'keeper:logs', '--follow', '--type=deploy'], {});
  expect(exitCode).toBe(0);
  expect(output).toMatch(/^keeper \S+Z live at http/m);
});
