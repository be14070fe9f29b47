import type { App, AppSpec } from '@odoobo/app-platform/spec';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { readPlatform, stopPlatform } from '@odoobo/local-platform/client';
import { execa } from 'execa';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { until } from './support/poll.js';
import { type NxRun, outerEnvironment, Workspace } from './support/workspace.js';

const secret = 'correct-horse-battery-staple';
const small = 'apps-s-1vcpu-0.5gb';
const bigger = 'apps-s-1vcpu-1gb';
const command = join(import.meta.dirname, '../../nx-skills/bin/nx-skills.js');

interface PlannedSkill {
  skill: string;
  action: string;
  changes: object[];
  cost: object;
  drift: { state: string; changes: object[]; cause?: string };
  rolledBack?: object;
}

let workspace: Workspace;

beforeAll(async () => {
  const service = 'envs:\n  - { key: API_KEY, type: SECRET, scope: RUN_TIME }';
  workspace = await Workspace.create({ grows: {}, keeper: { service }, kept: {}, moved: {}, back: {} });
});
afterAll(() => workspace.close());

function nx(...args: string[]): Promise<NxRun> {
  return workspace.nx(args, { API_KEY: secret });
}

function setUp(...args: string[]): Promise<void> {
  return workspace.setUp(args, { API_KEY: secret });
}

/** Runs `npx nx-skills` as a user does. */
function nxSkills(args: string[], env: Record<string, string> = {}) {
  return execa(process.execPath, [command, ...args], {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env, API_KEY: secret, ...env },
    extendEnv: false,
    reject: false,
  });
}

async function appOf(skill: string): Promise<App> {
  const { apps } = (await workspace.api('/apps?per_page=200')) as { apps: App[] };
  const app = apps.find(({ spec }) => spec.name === skill);
  if (!app) throw new Error(`There is no app "${skill}".`);
  return app;
}

/** Changes an app without this project, as a person does in the control panel, and waits until the change is live. */
async function changeByHand(skill: string, change: (spec: AppSpec) => AppSpec): Promise<void> {
  const platform = await readPlatform(join(workspace.root, '.local-platform'));
  const { id, spec, active_deployment: before } = await appOf(skill);
  const reply = await fetch(`${platform?.url}/v2/apps/${id}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${platform?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ spec: change(spec) }),
  });
  expect(reply.status).toBe(200);
  await until('it is live', async () => (await appOf(skill)).active_deployment?.id !== before?.id);
}

async function resize(skill: string): Promise<void> {
  const file = `infra/do-gradient/${skill}/app-spec.yaml`;
  await workspace.write(file, (await workspace.read(file)).replace(small, bigger));
}

it('plans to create everything before anything was deployed, and starts no platform for it', async () => {
  await workspace.remove('.local-platform');
  const { exitCode, output } = await nx('run-many', '-t', 'plan');
  expect(exitCode).toBe(0);
  expect(output).toContain('Plan for 5 skills on a new local platform, which deploy will start');
  expect(output).toMatch(/\+ grows +create +cost unknown\n/);
  expect(output).toContain('5 skills: 5 to create. The cost is unknown. Nothing was changed.');
  expect(existsSync(join(workspace.root, '.local-platform'))).toBe(false);
});

describe('of what has changed since the last deploy', () => {
  let planned: Awaited<ReturnType<typeof nxSkills>>;
  let before: (string | undefined)[];
  const skill = (name: string): PlannedSkill | undefined =>
    (JSON.parse(planned.stdout) as { skills: PlannedSkill[] }).skills.find((one) => one.skill === name);

  /** Everything that a deploy would leave behind. */
  async function traces(): Promise<(string | undefined)[]> {
    const records = ['WORKTREE_STATUS.journal.jsonl', 'WORKTREE_STATUS.json'];
    const { apps } = (await workspace.api('/apps?per_page=200')) as { apps: App[] };
    return [
      ...(await Promise.all(records.map((file) => workspace.read(file)))),
      ...apps.map((app) => app.updated_at),
      ...apps.map((app) => app.active_deployment?.id),
    ];
  }

  beforeAll(async () => {
    await setUp('deploy');
    await workspace.change('back', { printsEnvironment: true });
    // By Nx, whose cache then has the builds of all: it runs those that are cached and those that are not one after the other.
    await nx('deploy', 'back');
    await setUp('rollback', 'back');
    await resize('grows');
    await changeByHand('moved', (spec) => ({
      ...spec,
      services: (spec.services ?? []).map((one) => ({ ...one, instance_size_slug: bigger })),
    }));
    before = await traces();
    planned = await nxSkills(['plan', '--fail-on-change', '--json'], { API_KEY: `${secret}-new` });
  });

  it('shows by the exit code that there are changes', () => {
    expect(planned.exitCode).toBe(2);
  });

  it('shows each skill, what would change of it and what it costs', () => {
    expect(planned.stderr).toContain('Plan for 5 skills on the local platform (http://127.0.0.1:');
    expect(planned.stderr).toMatch(
      new RegExp(
        `~ grows +update +\\$5\\.00 -> \\$12\\.00 a month\\n +services/grows/instance_size_slug: ${small} -> ${bigger}\\n`,
      ),
    );
    expect(planned.stderr).toMatch(/= kept +none +\$5\.00 a month\n/);
    expect(planned.stderr).toContain(
      '5 skills: 3 to update, 1 unchanged, 1 held; 1 drifted. $32.00 a month.',
    );
    expect(skill('kept')).toMatchObject({ action: 'none', changes: [], cost: { now: 5, after: 5 } });
  });

  it('names a changed secret, and shows no value of it', () => {
    expect(skill('keeper')).toMatchObject({
      action: 'update',
      changes: [{ path: 'secrets', before: 'as deployed', after: 'changed' }],
    });
    expect(planned.stdout + planned.stderr).not.toContain(secret);
  });

  it('shows what someone else has changed on the platform, and what deploy would do about it', () => {
    const path = 'services/moved/instance_size_slug';
    expect(skill('moved')).toMatchObject({
      action: 'update',
      changes: [{ path, before: bigger, after: small }],
      cost: { now: 12, after: 5 },
      drift: { state: 'deployment', changes: [{ path, before: small, after: bigger }] },
    });
    expect(planned.stderr).toMatch(
      /drift: deployment \S+, live since \S+Z, was not deployed from this repository \(.+\)/,
    );
    expect(planned.stderr).toContain(`${path}: ${small} -> ${bigger}`);
  });

  it('takes a rollback from here for no drift, and says that it is one, and that deploy holds the version', () => {
    expect(skill('back')).toMatchObject({
      action: 'held',
      drift: { state: 'none' },
      rolledBack: { to: expect.any(String) as string },
    });
  });

  it('leaves no trace: nothing on the platform, no journal, no status', async () => {
    expect(await traces()).toEqual(before);
  });

  atNight(() => {
    it('fails under Nx for each skill that would change, and for no other', async () => {
      const { exitCode, output } = await nx('run-many', '-t', 'plan', '-p', 'kept,grows', '--fail-on-change');
      expect(exitCode).toBe(1);
      expect(output).toContain('grows: deploy would update it (--fail-on-change)');
      expect(output).not.toContain('kept: deploy would');
    });

    it('is what deploy then does, and nothing is left to do', async () => {
      const { output } = await nx('run-many', '-t', 'deploy', '--retry');
      for (const name of ['grows', 'moved', 'back']) expect(output).toMatch(new RegExp(`${name} +updated `));
      expect(output).toMatch(/kept +unchanged /);
      const again = await nxSkills(['plan', '--fail-on-change']);
      expect(again.stdout).toContain('5 skills: 5 unchanged. $32.00 a month. Nothing was changed.');
      expect(again.exitCode).toBe(0);
    });
  });
});

describe('on App Platform', () => {
  let cloud: Platform;
  const args = () => ['-c', 'production', `--platformUrl=${cloud.url}`];

  beforeAll(async () => {
    const directory = join(workspace.root, '.local-platform/cloud');
    cloud = await startPlatform({ directory, progression: 'manual' });
  });
  afterAll(() => cloud.close());

  it('only asks: for the apps, once, and for the price of each', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: cloud.token, API_KEY: secret };
    const seen = cloud.requests.length;
    const { exitCode, output } = await workspace.nx(['run-many', '-t', 'plan', ...args()], env);
    expect(exitCode).toBe(0);
    expect(cloud.requests.slice(seen)).toEqual([
      'GET /v2/apps',
      ...Array<string>(5).fill('POST /v2/apps/propose'),
    ]);
    expect(output).toMatch(/\+ grows +create +\$12\.00 a month\n/);
    expect(output).toContain('5 skills: 5 to create. $0.00 -> $32.00 a month.');
  });

  atNight(() => {
    it('plans the others where a variable of one is missing, names it, and fails', async () => {
      const env = { DIGITALOCEAN_ACCESS_TOKEN: cloud.token };
      const { exitCode, output } = await workspace.nx(['run-many', '-t', 'plan', ...args()], env);
      expect(exitCode).toBe(1);
      expect(output).toMatch(/✖ keeper +cannot be planned\n +the environment has no value for\n/);
      expect(output).toContain('API_KEY (secret): infra/do-gradient/keeper/app-spec.yaml: services/0/envs/0');
      expect(output).toContain('5 skills: 4 to create, 1 not planned.');
    });

    it('puts in the Markdown of a pull request all that can be planned, and why the rest is not', async () => {
      await workspace.change('back', { fault: 'does-not-build' });
      const env = { DIGITALOCEAN_ACCESS_TOKEN: cloud.token, API_KEY: '' };
      const { exitCode, stdout } = await nxSkills(['plan', ...args(), '--markdown'], env);
      await workspace.change('back', {});
      expect(exitCode).toBe(1);
      expect(stdout).toContain('## Plan for production: 3 to create, 0 to update, 2 cannot be planned');
      expect(stdout).toMatch(/\| grows \| ➕ create \|/);
      expect(stdout).toMatch(/keeper: what is wrong[^]*API_KEY \(secret\): infra\/do-gradient\/keeper/);
      expect(stdout).toMatch(/back: what is wrong[^]*its build failed, or Nx/);
    });

    it.each([
      ['no token', '', [], 'Production needs a token', 1],
      ['a token that is refused', 'dop_v1_wrong', [], '401 unauthorized', 1],
      ['an option that is wrong', 'x', ['--baseImage'], '--baseImage: expected a value, got none', 2],
    ])('says in the Markdown why there is no plan: %s', async (_what, token, options, why, code) => {
      const env = { DIGITALOCEAN_ACCESS_TOKEN: token };
      const { exitCode, stdout } = await nxSkills(['plan', ...args(), ...options, '--markdown'], env);
      expect(exitCode).toBe(code);
      expect(stdout).toMatch(/^## Plan/);
      expect(stdout).toContain(why);
      expect(stdout).not.toContain('dop_v1_wrong');
    });

    it('says so in the Markdown too where Nx itself cannot start', async () => {
      const nxJson = await workspace.read('nx.json');
      await workspace.write('nx.json', '{');
      const { exitCode, stdout } = await nxSkills(['plan', '--markdown']);
      await workspace.write('nx.json', nxJson);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('❌ There is no plan:');
    });
  });
});

atNight(() => {
  it('ends when it is interrupted, and leaves nothing behind', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    try {
      await once(silent, 'listening');
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      await workspace.write('tmp/.keep', '');
      const env = { DIGITALOCEAN_ACCESS_TOKEN: 'x', TMPDIR: join(workspace.root, 'tmp') };
      const run = nxSkills(['plan', '-c', 'production', `--platformUrl=${url}`], env);
      await once(silent, 'connection');
      run.kill('SIGINT');
      expect((await run).exitCode).toBe(130);
      expect((await readdir(join(workspace.root, 'tmp'))).filter((name) => name.startsWith('plan-'))).toEqual(
        [],
      );
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('is an error where the local platform is stopped: what it has is not known', async () => {
    await stopPlatform(join(workspace.root, '.local-platform'));
    const { exitCode, stdout, stderr } = await nxSkills(['plan', '--fail-on-change', '--json']);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('Start it with all its apps: npx local-platform start');
  });
});
