import { execa } from 'execa';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ImageProduction } from './support/image-production.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

interface Step {
  name?: string;
  run?: string;
}

/** The lines of the generated workflow, each run as a job of GitHub runs it: in a clone without records but those it downloads. */
let production: ImageProduction;
let workspace: Workspace;
let folder: string;
let jobs: Record<string, { steps: Step[] }>;
let clones = 0;

const key = 'the key of a whole team';
const matrix = JSON.stringify([{ skill: 'shop', project: 'shop', root: 'skills/shop' }]);
const rollout = {
  steps: [
    { weight: 50, approve: true },
    { weight: 60, for: '1s' },
  ],
};

beforeAll(async () => {
  production = await ImageProduction.start();
  folder = await mkdtemp(join(tmpdir(), 'ci-rollout-'));
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' }, manifest: { rollout } } });
  await production.runImageOf('shop', workspace);
  await workspace.nx(['g', '@odoobo/nx-skills:ci']);
  await workspace.commit('images');
  const workflow = await workspace.read('.github/workflows/deploy-skills-parallel.yml');
  jobs = (parse(workflow) as { jobs: typeof jobs }).jobs;
  await job('deploy').run('Deploy, and roll back if the smoke test fails');
  expect(await production.answer('shop')).toBe('one');
});
afterAll(async () => {
  await workspace?.close();
  await production?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A job in a checkout of its own. */
function job(name: string) {
  const checkout = (async () => {
    const clone = join(folder, `clone-${(clones += 1)}`);
    await execa('git', ['clone', '-q', workspace.root, clone]);
    await symlink(join(workspace.root, 'node_modules'), join(clone, 'node_modules'));
    return clone;
  })();
  return {
    /** The folder of its checkout. */
    checkout,
    /** @returns what it printed, and wrote to GITHUB_OUTPUT */
    async run(step: string, { fails = false, env = {} } = {}): Promise<{ all: string; output: string }> {
      const line = jobs[name]?.steps.find((one) => one.name === step)?.run;
      if (line === undefined) throw new Error(`${name} has no step "${step}"`);
      const script = join(folder, 'step.sh');
      await writeFile(script, line);
      const output = join(folder, 'output');
      await writeFile(output, '');
      const { exitCode, all } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
        cwd: await checkout,
        env: {
          ...outerEnvironment(),
          ...workspace.env,
          CI: 'true',
          PROJECT: 'shop',
          SKILLS: 'shop',
          ALL: matrix,
          ROLLOUT_KEY: key,
          DIGITALOCEAN_ACCESS_TOKEN: production.cloud.token,
          DIGITALOCEAN_API_URL: production.cloud.url,
          DOCKER_CONFIG: production.folder,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: join(folder, 'summary'),
          ...env,
        },
        extendEnv: false,
        reject: false,
        all: true,
      });
      expect(exitCode === 0, all).toBe(!fails);
      return { all, output: await readFile(output, 'utf8') };
    },
  };
}

/** What a job has left as an artifact. */
async function passRecords(from: string | Promise<string>, to: string): Promise<void> {
  await execa('mkdir', ['-p', to]);
  for (const file of ['WORKTREE_STATUS.json', 'WORKTREE_STATUS.journal.jsonl'])
    await execa('cp', [join(await from, file), to]);
}

/** The deploy job of the next version. @returns its checkout, with its records */
async function deployNext(says: string): Promise<string> {
  await workspace.change('shop', { says });
  await workspace.commit(says);
  const deploy = job('deploy');
  const { all } = await deploy.run('Deploy, and roll back if the smoke test fails');
  expect(all).toMatch(/waiting|--approve/);
  return deploy.checkout;
}

/** The job that follows, with the records of another job. */
async function follow(records: string | Promise<string>) {
  const from = await records;
  const next = job('follow');
  await passRecords(from, await next.checkout);
  return next;
}

async function components(): Promise<string[]> {
  const { active_deployment: live } = (await production.app('shop')) ?? {};
  return (live?.spec?.services ?? []).map(({ name }) => name);
}

/** The answers of GitHub about the environment. */
async function answering(rules: object[]): Promise<{ server: Server; env: Record<string, string> }> {
  const server = createServer((request, reply) => {
    const isAsked = request.url === '/repos/acme/shop/environments/rollout';
    const isAllowed = request.headers.authorization === 'Bearer ghs_job';
    reply.statusCode = isAsked && isAllowed ? 200 : 404;
    reply.end(JSON.stringify({ name: 'rollout', protection_rules: rules }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, env: { GITHUB_API_URL: url, GITHUB_REPOSITORY: 'acme/shop', GITHUB_TOKEN: 'ghs_job' } };
}

describe('a step that waits for an approval', () => {
  it('leaves the deploy job green, and is found by the next job', async () => {
    const deployed = await deployNext('two');
    expect(await components()).toHaveLength(3);
    // In a clone without records it is taken up, without a write.
    const before = production.cloud.requests.length;
    await job('deploy').run('Deploy, and roll back if the smoke test fails');
    expect(
      production.cloud.requests.slice(before).filter((call) => /^(PUT|POST) .*\/apps(\/[^/]+)?$/.test(call)),
    ).toEqual([]);
    const waiting = job('waiting');
    await passRecords(deployed, join(await waiting.checkout, 'reports/deploy-shop'));
    const { output } = await waiting.run('Find the rollouts that wait for an approval');
    expect(output).toBe(`skills=${matrix}\n`);
    await (await follow(deployed)).run('Abort the rollout, because its approval was refused');
  });

  it('is aborted where its approval is refused: live is untouched, and the next version goes out', async () => {
    const before = (await production.app('shop'))?.active_deployment?.spec?.services;
    const deployed = deployNext('three');
    const refused = await follow(deployed);
    const { all } = await refused.run('Abort the rollout, because its approval was refused');
    expect(all).toContain('its approval was refused');
    expect((await production.app('shop'))?.active_deployment?.spec?.services).toEqual(before);
    expect(await production.answer('shop')).toBe('one');
    const approved = await follow(deployNext('four'));
    await approved.run('Approve the step');
    await approved.run('Follow the rollout to its end');
    expect(await production.answer('shop')).toBe('four');
    expect(await components()).toEqual(['shop']);
  });

  it('is not approved, and not refused, by the run of a version that has been replaced', async () => {
    const older = await follow(deployNext('five'));
    const newer = deployNext('six');
    await newer;
    const { all } = await older.run('Approve the step');
    expect(all).toContain('no recorded rollout of it is under way any more');
    await older.run('Abort the rollout, because its approval was refused');
    expect(await components()).toHaveLength(3);
    const approved = await follow(newer);
    await approved.run('Approve the step');
    await approved.run('Follow the rollout to its end');
    expect(await production.answer('shop')).toBe('six');
  });

  it('needs somebody: an environment without reviewers approves nothing', async () => {
    const step = 'Require that the environment has reviewers';
    const without = await answering([{ type: 'branch_policy' }]);
    const { all } = await job('approval').run(step, { fails: true, env: without.env });
    expect(all).toContain('has no required reviewers, so nobody has approved');
    without.server.close();
    const reviewed = await answering([{ type: 'required_reviewers', reviewers: [{ type: 'User' }] }]);
    await job('approval').run(step, { env: reviewed.env });
    await job('approval').run(step, {
      fails: true,
      env: { ...reviewed.env, GITHUB_REPOSITORY: 'acme/other' },
    });
    reviewed.server.close();
  });
});
