import { mapRepository, type Platform, startPlatform } from '@odoobo/local-platform';
import { execa } from 'execa';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atNight } from './support/at-night.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

interface StepRun {
  exitCode: number | undefined;
  /** Everything that it printed. */
  all: string;
}

interface Step {
  name?: string;
  run?: string;
  env?: Record<string, string | number>;
}

/** The token that GitHub gives to a job. */
const jobToken = 'ghs_the-token-of-the-job';

const workflow = '.github/workflows/deploy-skills-parallel.yml';
const setUp = '.github/actions/setup-skills/action.yml';

// The steps of the workflow, as written for another repository, each run as GitHub runs it.
let workspace: Workspace;
/** The folder of the origin, of production's stand-in, and of another person's clone. */
let elsewhere: string;
let origin: string;
let jobs: Record<string, { steps: Step[] }>;

const builtFromBranch = `name: changed
services:
  - name: changed
    github: { repo: acme/changed, branch: '\${GITHUB_REF_NAME}' }
    run_command: node skills/changed/src/main.js
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, period_seconds: 1 }
`;

beforeAll(async () => {
  elsewhere = await realpath(await mkdtemp(join(tmpdir(), 'ci-')));
  origin = join(elsewhere, 'acme/changed.git');
  workspace = await Workspace.create({ changed: {}, kept: {} });
  await workspace.nx(['g', '@odoobo/nx-skills:ci']);
  jobs = (parse(await workspace.read(workflow)) as { jobs: typeof jobs }).jobs;
  await workspace.write('infra/do-gradient/changed/app-spec.yaml', builtFromBranch);
  await workspace.commit('pipeline');
  await workspace.git('init', '-q', '--bare', '-b', 'main', origin);
  await workspace.git('remote', 'add', 'origin', origin);
  await workspace.git('push', '-q', 'origin', 'main');
  await workspace.git('switch', '-qc', 'skill/changed');
  await workspace.change('changed', { says: 'new' });
  await workspace.commit('change it');
  await workspace.git('push', '-q', 'origin', 'skill/changed');
});
afterAll(async () => {
  await workspace.close();
  await rm(elsewhere, { recursive: true, force: true });
});

/** Runs a step of a job; its output for GITHUB_OUTPUT and GITHUB_STEP_SUMMARY is in files of these names. */
function runStep(
  job: string,
  name: string,
  env: Record<string, string>,
  checkout = workspace,
): Promise<StepRun> {
  const step = stepOf(job, name);
  return runScript(
    step?.run ?? `echo "${job} has no step ${name}"; exit 1`,
    { ...valuesOf(step), ...env },
    checkout,
  );
}

function stepOf(job: string, name: string): Step | undefined {
  return jobs[job]?.steps.find((one) => one.name === name);
}

/** The values that GitHub fills in; the test defines inputs, secrets and the matrix. */
function valuesOf(step: Step | undefined): Record<string, string> {
  const filled = Object.entries(step?.env ?? {}).map(([key, value]) => [
    key,
    String(value)
      .replaceAll('${{ github.server_url }}', 'https://github.example')
      .replaceAll('${{ github.token }}', jobToken),
  ]);
  return Object.fromEntries(filled.filter(([, value]) => !value?.includes('${{')));
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax: `bash` of `shell`. */
async function runScript(
  script: string,
  env: Record<string, string>,
  checkout = workspace,
): Promise<StepRun> {
  const file = join(elsewhere, 'step.sh');
  await writeFile(file, script);
  const { exitCode, all } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
    cwd: checkout.root,
    env: {
      ...outerEnvironment(),
      ...workspace.env,
      GITHUB_OUTPUT: join(workspace.root, '.nx/GITHUB_OUTPUT'),
      GITHUB_STEP_SUMMARY: join(workspace.root, '.nx/GITHUB_STEP_SUMMARY'),
      ...env,
    },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, all };
}

async function lastLine(file: string): Promise<string | undefined> {
  return (await workspace.read(`.nx/${file}`)).trimEnd().split('\n').at(-1);
}

async function commitOf(name: string): Promise<string> {
  return (await execa('git', ['rev-parse', name], { cwd: workspace.root })).stdout;
}

describe('finds the skills to ship', () => {
  const shipped = (skill: string) => ({ skill, project: skill, root: `skills/${skill}` });
  const find = (env: { BASE: string; SKILLS: string }) =>
    runStep('detect-changes', 'Find the skills to deploy', env);

  it('that a push has changed', async () => {
    expect((await find({ BASE: 'origin/main', SKILLS: '' })).exitCode).toBe(0);
    expect(await lastLine('GITHUB_OUTPUT')).toBe(`skills=${JSON.stringify([shipped('changed')])}`);
  });

  atNight(() => {
    it('none, where nothing is affected, and says so', async () => {
      const { exitCode, all } = await find({ BASE: 'HEAD', SKILLS: '' });
      expect(exitCode).toBe(0);
      expect(await lastLine('GITHUB_OUTPUT')).toBe('skills=[]');
      expect(all).toContain('No skill is affected: nothing to ship.');
    });
  });

  it('that are named, and refuses any name that is not a skill', async () => {
    const both = `skills=${JSON.stringify(['kept', 'changed'].map(shipped))}`;
    await find({ BASE: 'HEAD', SKILLS: 'kept, changed' });
    expect(await lastLine('GITHUB_OUTPUT')).toBe(both);
    const { exitCode, all } = await find({ BASE: 'HEAD', SKILLS: 'kept,$(touch pwned);`touch pwned`' });
    expect(exitCode).toBe(1);
    expect(all).toContain('is called "$(touch pwned);`touch pwned`". Available: changed, kept');
    expect(await lastLine('GITHUB_OUTPUT')).toBe(both);
    expect(existsSync(join(workspace.root, 'pwned'))).toBe(false);
  });
});

describe('ships one', () => {
  it('built, started and healthy on the runner, and it keeps its contract', async () => {
    for (const step of [
      'Build the artefact',
      'Start the image on the local platform of this runner, and check its health',
      'Run the smoke test',
    ]) {
      const { exitCode, all } = await runStep('build', step, { PROJECT: 'changed' });
      expect(exitCode, all).toBe(0);
    }
    expect((await workspace.apps()).map(({ spec }) => spec.name)).toEqual(['changed']);
  });

  it('reports the result of all jobs, including one that did not get that far', async () => {
    const job = join(workspace.root, 'reports/deploy/deploy-changed');
    await mkdir(job, { recursive: true });
    for (const file of ['WORKTREE_STATUS.json', 'WORKTREE_STATUS.journal.jsonl'])
      await copyFile(join(workspace.root, file), join(job, file));
    const env = { SKILLS: 'changed,kept' };
    expect((await runStep('notify', 'Write the report', env)).exitCode).toBe(0);
    const report: unknown = JSON.parse(await workspace.read('reports/deployment-report.json'));
    expect(report).toMatchObject({
      success: false,
      skills: [
        { skill: 'changed', status: 'completed', smoke_test: { success: true }, branch: 'skill/changed' },
        { skill: 'kept' },
      ],
    });
    expect((await runStep('notify', 'Show the report, and notify the webhook', env)).exitCode).toBe(0);
    const summary = await workspace.read('.nx/GITHUB_STEP_SUMMARY');
    expect(summary).toContain('❌ 1 of 2 skills deployed');
    expect(summary).toMatch(/\| ✅ \| \[changed\]\(http:\S+\) \| deployed \|  \| passed \| [0-9a-f]{12} \|/);
    expect(summary).toContain('| ❌ | kept | not deployed |');
  });

  /** The artifact of a skill's job, as it is downloaded. */
  async function writeJournal(result: object): Promise<void> {
    const job = join(workspace.root, 'reports/deploy/deploy-changed');
    await rm(join(workspace.root, 'reports'), { recursive: true, force: true });
    await mkdir(job, { recursive: true });
    const at = '2026-01-31T09:00:00.000Z';
    const common = { run: 'deploy-1', environment: 'production', at };
    const whole = { skill: 'changed', action: 'update', digest: 'sha256:1', durationMs: 1, ...result };
    const lines = [
      { ...common, type: 'run-started', skills: { changed: {} } },
      { ...common, type: 'finished', skill: 'changed', result: whole },
    ].map((record) => `${JSON.stringify(record)}\n`);
    await writeFile(join(job, 'WORKTREE_STATUS.journal.jsonl'), lines.join(''));
  }

  async function report(env: Record<string, string>): Promise<{ success: boolean; summary: string }> {
    await rm(join(workspace.root, '.nx/GITHUB_STEP_SUMMARY'), { force: true });
    for (const step of ['Write the report', 'Show the report, and notify the webhook'])
      expect(await runStep('notify', step, env)).toMatchObject({ exitCode: 0 });
    const written = JSON.parse(await workspace.read('reports/deployment-report.json')) as {
      success: boolean;
    };
    return { ...written, summary: await workspace.read('.nx/GITHUB_STEP_SUMMARY') };
  }

  atNight(() => {
    it('says superseded, and no failure, of a skill that a newer commit has superseded, and verifies it not', async () => {
      await writeJournal({ outcome: 'superseded', note: 'superseded by 0123456789ab' });
      const verify = await runStep('verify', 'Read the result of the deployment', { SKILL: 'changed' });
      expect(verify.exitCode, verify.all).toBe(0);
      expect(await lastLine('GITHUB_OUTPUT')).toBe('result=SUPERSEDED');
      const { success, summary } = await report({ SKILLS: 'changed' });
      expect(success).toBe(true);
      expect(summary).toContain('✅ 0 skills deployed, 1 superseded');
      expect(summary).toContain('- **changed**: superseded by 0123456789ab');
    });

    it('says what has become of a job that GitHub cancelled while it waited', async () => {
      const older = await commitOf('origin/main');
      const newest = await commitOf('origin/skill/changed');
      await writeJournal({ outcome: 'deployed' });
      const env = { SKILLS: 'changed,kept', UNRECORDED: 'cancelled', GITHUB_REF_NAME: 'skill/changed' };
      const overtaken = await report({ ...env, GITHUB_SHA: older });
      expect(overtaken.success).toBe(true);
      expect(overtaken.summary).toContain('✅ 1 skill deployed, 1 superseded');
      expect(overtaken.summary).toContain(
        `superseded by ${newest.slice(0, 12)}, a newer commit of skill/changed`,
      );
      const byHand = await report({ ...env, GITHUB_SHA: newest });
      expect(byHand.success).toBe(false);
      expect(byHand.summary).toContain('⚪ 1 of 2 skills deployed, 1 cancelled');
      await workspace.remove('reports');
    });

    it('shows what deploy would do with another', async () => {
      const planned = jobs['plan']?.steps.find(({ name }) => name === 'Plan what deploy would do');
      const script = planned?.run?.replace('-c production', '') ?? 'exit 1';
      expect(await runScript(script, { PROJECTS: 'kept' })).toMatchObject({ exitCode: 0 });
      expect(await workspace.read('plan.md')).toContain('| kept | ➕ create |');
    });
  });
});

describe('ships to production', () => {
  const steps = [
    ['validate', 'Check manifests, App Specs and structure; lint; test'],
    ['deploy', 'Deploy, and roll back if the smoke test fails'],
    ['verify', 'Check its health'],
    ['verify', 'Run the smoke test'],
  ] as const;
  let cloud: Platform;

  beforeAll(async () => {
    cloud = await startPlatform({ directory: join(elsewhere, 'cloud') });
    await mapRepository(join(elsewhere, 'cloud'), 'acme/changed', origin);
  });
  afterAll(() => cloud.close());

  /** The result of `actions/checkout` and the setup of a job. */
  async function checkOut(name: string): Promise<Workspace> {
    const clone = join(elsewhere, name);
    await execa('git', ['clone', '-q', '-b', 'skill/changed', origin, clone]);
    await symlink(join(workspace.root, 'node_modules'), join(clone, 'node_modules'));
    return workspace.checkout(clone);
  }

  async function ship(checkout: Workspace): Promise<{ printed: string; writes: string[] }> {
    const seen = cloud.requests.length;
    let printed = '';
    for (const [job, step] of steps) {
      const { exitCode, all } = await runStep(job, step, variables(), checkout);
      expect(exitCode, all).toBe(0);
      printed += all;
    }
    return { printed, writes: cloud.requests.slice(seen).filter((call) => !call.startsWith('GET')) };
  }

  /** The values that the workflow takes from its inputs, its matrix and the secrets. */
  function variables(): Record<string, string> {
    return {
      SKILL: 'changed',
      PROJECT: 'changed',
      PROJECTS: 'changed',
      SKILLS: 'changed',
      DIGITALOCEAN_ACCESS_TOKEN: cloud.token,
      DIGITALOCEAN_API_URL: cloud.url,
    };
  }

  /** The environment of a step that comments on a pull request. */
  const onPullRequest = () => ({
    PULL_REQUEST: '7',
    GITHUB_REPOSITORY: 'acme/changed',
    GITHUB_API_URL: github,
  });
  let github: string;

  /** The comments that a step creates. */
  async function commentsOf(step: () => Promise<StepRun>): Promise<string[]> {
    const bodies: string[] = [];
    const server = createServer((request, reply) => {
      expect(request.headers.authorization).toBe(`Bearer ${jobToken}`);
      if (request.method === 'GET') return reply.end('[]');
      void text(request).then((sent) => {
        bodies.push((JSON.parse(sent) as { body: string }).body);
        reply.end(JSON.stringify({ id: 1, html_url: 'https://github.example/acme/changed/pull/7' }));
      });
      return reply;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    github = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { exitCode, all } = await step();
      expect(exitCode, all).toBe(0);
      return bodies;
    } finally {
      server.close();
    }
  }

  it('shows what deploy would do, and writes nothing', async () => {
    expect(await runStep('plan', 'Plan what deploy would do', variables())).toMatchObject({ exitCode: 0 });
    expect(await workspace.read('plan.md')).toContain('| changed | ➕ create |');
    const calls = cloud.requests.filter((call) => !call.startsWith('GET') && !call.endsWith('/propose'));
    expect(calls).toEqual([]);
    await workspace.remove('plan.md');
  });

  it('puts on the pull request what can be planned, and which variable the rest misses', async () => {
    const file = 'infra/do-gradient/kept/app-spec.yaml';
    const spec = await workspace.read(file);
    await workspace.write(
      file,
      spec.replace(/^services:\n.*\n/m, '$&    envs: [{ key: API_KEY, type: SECRET }]\n'),
    );
    const env = { ...variables(), PROJECTS: 'changed,kept', API_KEY: '' };
    const planned = await runStep('plan', 'Plan what deploy would do', env);
    await workspace.write(file, spec);
    expect(planned.exitCode).toBe(1);
    const comments = await commentsOf(() =>
      runStep('plan', 'Comment the plan on the pull request', onPullRequest()),
    );
    expect(comments).toHaveLength(1);
    expect(comments[0]).toContain('| changed | ➕ create |');
    expect(comments[0]).toContain('| kept | ❌ cannot be planned |');
    expect(comments[0]).toContain(`API_KEY (secret): ${file}`);
    await workspace.remove('plan.md');
  });

  atNight(() => {
    it('comments on the pull request why there is no plan at all', async () => {
      const env = { ...variables(), DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_wrong' };
      expect((await runStep('plan', 'Plan what deploy would do', env)).exitCode).toBe(1);
      const comments = await commentsOf(() =>
        runStep('plan', 'Comment the plan on the pull request', onPullRequest()),
      );
      expect(comments).toEqual([expect.stringContaining('GET /v2/apps: 401 unauthorized')]);
      expect(comments[0]).not.toContain('dop_v1_wrong');
      await workspace.remove('plan.md');
    });
  });

  it('shows git the token of the job for its own server, and no other', async () => {
    const fill = (host: string) =>
      runScript(`printf 'protocol=https\\nhost=${host}\\n\\n' | git credential fill`, {
        ...valuesOf(stepOf('deploy', 'Deploy, and roll back if the smoke test fails')),
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
      });
    expect((await fill('github.example')).all).toContain(`password=${jobToken}`);
    expect((await fill('elsewhere.example')).all).not.toContain(jobToken);
  });

  it('checked, deployed, and verified from elsewhere', async () => {
    const runner = await checkOut('runner');
    const { printed, writes } = await ship(runner);
    expect(printed).toContain('1 skill: 1 created.');
    expect(writes).toEqual(['POST /v2/apps']);
    const { url = '' } = await runner.status('changed');
    expect(await (await fetch(url)).text()).toBe('new');
  });

  atNight(() => {
    it('as anybody does who runs the same commands in a clone', async () => {
      const { printed, writes } = await ship(await checkOut('clone'));
      expect(printed).toContain('Nothing to deploy');
      expect(writes).toEqual([]);
    });
  });
});

it.skipIf(process.platform !== 'linux')(
  'uses what Nx has cached on another runner (needs Linux)',
  async () => {
    const { runs } = parse(await workspace.read(setUp)) as { runs: { steps: Step[] } };
    const takeOver = runs.steps.find(({ name }) => name === 'Take over the cache of an earlier runner');
    const data = join(workspace.root, '.nx/workspace-data');
    const machine = (await readFile('/etc/machine-id', 'utf8')).trim();
    const database = (await readdir(data)).filter((file) => file.startsWith(`${machine}-v`));
    expect(database).not.toEqual([]);
    for (const file of database)
      await rename(join(data, file), join(data, file.replace(machine, 'another-runner')));
    await workspace.remove('skills/changed/dist');
    expect(await runScript(takeOver?.run ?? 'exit 1', {})).toMatchObject({ exitCode: 0 });
    const { all } = await runStep('build', 'Build the artefact', { PROJECT: 'changed' });
    expect(all).toMatch(/1\/1 hit|read the output from the cache/i);
    expect(existsSync(join(workspace.root, 'skills/changed/dist/image'))).toBe(true);
  },
);
