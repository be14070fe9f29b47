import { type Tree, updateNxJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { actionlint } from '@odoobo/ship/test-support/actionlint';
import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FsTree } from 'nx/src/generators/tree.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import ciGenerator from './generator.js';

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  env?: Record<string, string | number>;
  with?: Record<string, unknown>;
}
interface Job {
  env?: Record<string, string>;
  environment?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: Step[];
}

const root = join(import.meta.dirname, '../../../../..');
const workflow = '.github/workflows/deploy-skills-parallel.yml';
const previews = '.github/workflows/preview-skills.yml';
const pipeline = '.gitlab/skills.gitlab-ci.yml';
const action = '.github/actions/setup-skills/action.yml';

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('package-lock.json', '{}');
});

afterEach(() => vi.unstubAllEnvs());

function textOf(file: string): string {
  return tree.read(file, 'utf8') ?? '';
}

/** The jobs of both workflows. */
function jobs(): Record<string, Job> {
  const [deploy, preview] = [workflow, previews].map(
    (file) => (parse(textOf(file)) as { jobs: Record<string, Job> }).jobs,
  );
  return { ...deploy, ...preview };
}

function allSteps(): Step[] {
  const composite = parse(textOf(action)) as { runs: { steps: Step[] } };
  return [...Object.values(jobs()).flatMap(({ steps }) => steps), ...composite.runs.steps];
}

/** The secrets that each step gets, for steps that get any; the job's token counts as one. */
function secretsByStep(): Record<string, string[]> {
  const entries = Object.entries(jobs()).flatMap(([job, { steps }]) =>
    steps.map(({ name, uses, env = {} }): [string, string[]] => [
      `${job}: ${name ?? uses}`,
      Object.values(env).flatMap((value) => /(?<=secrets\.)\w+|github\.token/.exec(String(value))?.[0] ?? []),
    ]),
  );
  return Object.fromEntries(entries.filter(([, secrets]) => secrets.length > 0));
}

function packagesByJob(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(jobs()).flatMap(([name, { permissions = {} }]) =>
      permissions['packages'] === undefined ? [] : [[name, permissions['packages']]],
    ),
  );
}

function setBaseImage(baseImage: string): void {
  const plugins = [{ plugin: '@odoobo/nx-skills', options: { baseImage } }];
  updateNxJson(tree, { plugins });
}

describe('the ci generator', () => {
  it('writes workflows that pass actionlint', async () => {
    await ciGenerator(tree, {});
    expect(await actionlint(textOf(workflow))).toEqual([]);
    expect(await actionlint(textOf(previews))).toEqual([]);
  });

  it('pins each action by a commit with its version', async () => {
    await ciGenerator(tree, {});
    const uses = `${textOf(workflow)}${textOf(previews)}${textOf(action)}`.match(/uses: .*/g) ?? [];
    expect(uses.length).toBeGreaterThan(10);
    for (const one of uses)
      expect(one).toMatch(/^uses: (\.\/.*|actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  it('puts no value of GitHub into a shell', async () => {
    await ciGenerator(tree, {});
    const runs = allSteps().flatMap(({ run }) => run ?? []);
    expect(runs.length).toBeGreaterThan(10);
    for (const run of runs) expect(run).not.toContain('${{');
  });

  it('gives each job a deadline and its own permissions, and no token to what it installs', async () => {
    await ciGenerator(tree, {});
    for (const [name, job] of Object.entries(jobs())) {
      expect(job['timeout-minutes'], name).toBeGreaterThan(0);
      const checkout = job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
      if (!checkout) continue;
      expect(job.permissions?.['contents'], name).toBe(name === 'deploy' ? 'write' : 'read');
      expect(checkout.with?.['persist-credentials'], name).toBe(false);
    }
  });

  it('passes each secret to the steps that need it, and to no other', async () => {
    tree.write('infra/one/app-spec.yaml', specOf(['A_TOKEN', 'SECRET']));
    tree.write('infra/two/app-spec.yaml', imageSpecOf('DOCKER_HUB'));
    await ciGenerator(tree, {});
    for (const { env = {} } of Object.values(jobs()))
      for (const value of Object.values(env)) expect(value).not.toMatch(/secrets\.(?!\w+ != '' \}\})/);
    expect(secretsByStep()).toEqual({
      'plan: Plan what deploy would do': ['DIGITALOCEAN_READ_TOKEN', 'A_TOKEN'],
      'plan: Comment the plan on the pull request': ['github.token'],
      'deploy: Deploy, and roll back if the smoke test fails': [
        'DIGITALOCEAN_ACCESS_TOKEN',
        'github.token',
        'DOCKERHUB_TOKEN',
        'A_TOKEN',
      ],
      'verify: Check its health': ['DIGITALOCEAN_READ_TOKEN'],
      'verify: Run the smoke test': ['DIGITALOCEAN_READ_TOKEN'],
      'notify: Write the report': ['github.token'],
      'notify: Show the report, and notify the webhook': ['NX_SKILLS_WEBHOOK_URL', 'github.token'],
      'preview: Deploy each skill as an app of this pull request': [
        'DIGITALOCEAN_ACCESS_TOKEN',
        'github.token',
        'DOCKERHUB_TOKEN',
        'A_TOKEN',
      ],
      'preview: List the previews with their URLs and costs': ['DIGITALOCEAN_ACCESS_TOKEN'],
      'preview: Comment the list on the pull request': ['github.token'],
      'delete: Delete the apps of this pull request, and no others': ['DIGITALOCEAN_ACCESS_TOKEN'],
      'delete: Comment the deletion on the pull request': ['github.token'],
    });
  });

  it('lets a job push to GHCR where an App Spec names it, and no other job', async () => {
    await ciGenerator(tree, {});
    expect(packagesByJob()).toEqual({});
    tree.write('skills/one/skill.json', JSON.stringify({ id: 'one', appSpec: 'deploy/one.yaml' }));
    tree.write('deploy/one.yaml', imageSpecOf('GHCR'));
    await ciGenerator(tree, { overwrite: true });
    expect(packagesByJob()).toEqual({ deploy: 'write', preview: 'write' });
    expect(await actionlint(textOf(workflow))).toEqual([]);
    expect(await actionlint(textOf(previews))).toEqual([]);
  });

  it('requests no permission to push an image that is built elsewhere', async () => {
    tree.write('infra/one/app-spec.yaml', imageSpecOf('GHCR', `digest: sha256:${'9'.repeat(64)}`));
    await ciGenerator(tree, {});
    expect(packagesByJob()).toEqual({});
  });

  it.each([
    ['node:20-slim', {}, undefined, 'secrets.DOCKERHUB_TOKEN'],
    [
      'ghcr.io/acme/node:20',
      { plan: 'read', deploy: 'read', preview: 'read' },
      undefined,
      'secrets.DOCKERHUB_TOKEN',
    ],
    ['acme/node:20', {}, 'secrets.DOCKERHUB_READ_TOKEN', 'secrets.DOCKERHUB_TOKEN'],
    ['registry.digitalocean.com/acme/node:20', {}, undefined, 'secrets.DOCKERHUB_TOKEN'],
  ])('lets the plan read the base image %s', async (baseImage, packages, planned, deployed) => {
    setBaseImage(baseImage);
    tree.write('infra/one/app-spec.yaml', imageSpecOf('DOCKER_HUB'));
    await ciGenerator(tree, {});
    expect(packagesByJob()).toEqual(packages);
    const tokenIn = (job: string, step: string) =>
      jobs()[job]?.steps.find(({ name }) => name === step)?.env?.['DOCKERHUB_TOKEN'];
    const expression = (text: string | undefined) => text && `\${{ ${text} }}`;
    expect(tokenIn('plan', 'Plan what deploy would do')).toBe(expression(planned));
    expect(tokenIn('deploy', 'Deploy, and roll back if the smoke test fails')).toBe(expression(deployed));
    expect(await actionlint(textOf(workflow))).toEqual([]);
  });

  it('has each variable once, also one that is both a login and used by an App Spec', async () => {
    const taken = ['DOCKERHUB_TOKEN', 'DOCKERHUB_USERNAME', 'GITHUB_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'];
    tree.write('infra/one/app-spec.yaml', specOf(...taken.map((key): [string, string] => [key, 'SECRET'])));
    tree.write('infra/two/app-spec.yaml', imageSpecOf('DOCKER_HUB'));
    await ciGenerator(tree, {});
    // YAML with a duplicate key does not parse.
    const plan = jobs()['plan']?.steps.find(({ name }) => name === 'Plan what deploy would do');
    expect(plan?.env).toMatchObject({
      DIGITALOCEAN_ACCESS_TOKEN: '${{ secrets.DIGITALOCEAN_READ_TOKEN }}',
      GITHUB_TOKEN: '${{ github.token }}',
    });
    expect(await actionlint(textOf(workflow))).toEqual([]);
  });

  it('refuses a variable whose name its own commands use', async () => {
    tree.write('infra/one/app-spec.yaml', specOf(['SKILL', 'GENERAL']));
    await expect(ciGenerator(tree, {})).rejects.toThrow(
      'An App Spec uses ${SKILL}, a variable that the workflows set themselves',
    );
  });

  it('runs no command of a package that may not be installed: npx would fetch it from anywhere', async () => {
    await ciGenerator(tree, {});
    const afterTrouble = Object.values(jobs())
      .flatMap(({ steps }) => steps)
      .filter(
        ({ run, if: when }) =>
          run?.includes('npx ') && /cancelled\(\)|always\(\)|failure\(\)/.test(when ?? ''),
      );
    expect(afterTrouble.length).toBeGreaterThan(3);
    for (const { name, if: when } of afterTrouble)
      expect(when, name).toMatch(/steps\.\w+\.outcome (!= 'skipped'|== 'success')/);
  });

  it('says what a pull request from a fork does not get', async () => {
    await ciGenerator(tree, {});
    const steps = [...(jobs()['detect-changes']?.steps ?? []), ...(jobs()['refuse-fork']?.steps ?? [])];
    const explaining = steps.filter(({ run }) => run?.includes('a pull request from a fork gets no secrets'));
    expect(explaining.map(({ name }) => name)).toEqual([
      'Report that a fork gets no plan',
      'Report that there is no preview',
    ]);
  });

  it('gives the token that deletes only to previews, and no text of a pull request to that job', async () => {
    await ciGenerator(tree, {});
    const own = Object.entries(jobs()).filter(([, { environment }]) => environment === 'preview');
    expect(own.map(([name]) => name)).toEqual(['preview', 'delete']);
    // pull_request_target provides secrets: there only the default branch may run.
    const checkout = jobs()['delete']?.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with?.['ref']).toBe('${{ github.event.repository.default_branch }}');
    for (const name of ['preview', 'refuse-fork', 'delete'])
      expect(textOf(previews)).toMatch(
        new RegExp(`  ${name}:\n    if:[^]*?head\\.repo\\.full_name [!=]= github\\.repository`),
      );
  });

  it('passes the variables of App Specs where they are used', async () => {
    tree.write('infra/one/app-spec.yaml', specOf(['A_TOKEN', 'SECRET'], ['LOG_LEVEL', 'GENERAL']));
    tree.write('infra/broken/app-spec.yaml', 'name: [');
    await ciGenerator(tree, {});
    expect(textOf(workflow).match(/A_TOKEN: .*/g)).toEqual(Array(2).fill('A_TOKEN: ${{ secrets.A_TOKEN }}'));
    expect(textOf(workflow)).toContain('LOG_LEVEL: ${{ vars.LOG_LEVEL }}');
    expect(textOf(previews)).toContain('A_TOKEN: ${{ secrets.A_TOKEN }}');
    expect(textOf(workflow)).not.toContain('GITHUB_REPOSITORY:');
    expect(await actionlint(textOf(workflow))).toEqual([]);
  });

  it('gives both preview jobs the first commit, by which previews are found', async () => {
    await ciGenerator(tree, {});
    expect(textOf(previews).match(/actions\/checkout@[^]*?fetch-depth: 0/g)).toHaveLength(2);
  });

  it("plans and previews pull requests to the workspace's default branch", async () => {
    updateNxJson(tree, { defaultBase: "it's" });
    await ciGenerator(tree, {});
    for (const file of [workflow, previews]) {
      const { on } = parse(textOf(file)) as { on: { pull_request: { branches: string[] } } };
      expect(on.pull_request.branches).toEqual(["it's"]);
    }
  });

  it('is safe to repeat, and overwrites changed files only with --overwrite', async () => {
    await ciGenerator(tree, {});
    const written = textOf(workflow);
    await ciGenerator(tree, {});
    expect(textOf(workflow)).toBe(written);
    tree.write(workflow, `${written}# mine\n`);
    await expect(ciGenerator(tree, {})).rejects.toThrow(`differ:\n  ${workflow}\n`);
    expect(textOf(workflow)).toContain('# mine');
    await ciGenerator(tree, { overwrite: true });
    expect(textOf(workflow)).toBe(written);
  });

  it('writes a pipeline of GitLab CI, and includes it only in a file of its own', async () => {
    await ciGenerator(tree, { provider: 'gitlab' });
    expect(parse(textOf('.gitlab-ci.yml'))).toEqual({ include: [{ local: pipeline }] });
    expect(tree.exists(workflow)).toBe(false);
    const jobs = parse(textOf(pipeline)) as Record<string, { script?: string[]; timeout?: string }>;
    const named = Object.entries(jobs).filter(([name]) => !name.startsWith('.'));
    expect(named.map(([name]) => name.replace('skills-', ''))).toEqual([
      'check',
      'build',
      'plan',
      'deploy',
      'verify',
    ]);
    for (const [name, { timeout }] of named) expect(timeout, name).toMatch(/minutes/);
    tree.write('.gitlab-ci.yml', 'mine: { script: [make] }\n');
    await ciGenerator(tree, { provider: 'gitlab' });
    expect(textOf('.gitlab-ci.yml')).toBe('mine: { script: [make] }\n');
  });

  it('calls targets in a pipeline by the names that the workspace gives to them', async () => {
    const options = { deployTargetName: 'ship', planTargetName: 'preview', smokeTestTargetName: 'try' };
    tree.write('nx.json', JSON.stringify({ plugins: [{ plugin: '@odoobo/nx-skills', options }] }));
    await ciGenerator(tree, { provider: 'gitlab' });
    const called = [...textOf(pipeline).matchAll(/affected -t ([\w -]+?) --/g)].map(([, names]) => names);
    expect(called).toEqual(['validate lint test', 'ship', 'preview', 'ship', 'healthcheck', 'try']);
  });

  it.each([
    ['pnpm', 'pnpm-lock.yaml', '', 'pnpm exec nx', 'pnpm install --frozen-lockfile', 'pnpm@9.9.9'],
    ['yarn', 'yarn.lock', '__metadata:\n', 'yarn nx', 'yarn install --immutable', '@yarnpkg/cli-dist@9.9.9'],
    ['yarn', 'yarn.lock', '', 'yarn --silent nx', 'yarn install --frozen-lockfile', 'yarn@1.22.9'],
    ['bun', 'bun.lock', '', 'bunx nx', 'bun install --frozen-lockfile', 'bun@9.9.9'],
  ])('uses %s where its lock file is %s', async (name, lockFile, lock, command, install, installed) => {
    const folder = await tempDirectory();
    await writeFile(join(folder, lockFile), lock);
    await writeProgram(join(folder, 'bin', name), `#!/bin/sh\necho ${installed.split('@').at(-1)}\n`);
    vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env['PATH']}`);
    tree = new FsTree(folder, false);
    await ciGenerator(tree, {});
    expect(textOf(workflow)).toContain(`run: ${command} run "$PROJECT:build"`);
    const runs = allSteps().flatMap(({ run }) => run ?? []);
    expect(runs.filter((run) => /\bnp[mx] /.test(run))).toEqual([expect.stringContaining(` ${installed}`)]);
    expect(runs).toContain(install);
    expect(textOf(action)).not.toContain('package-lock');
    expect(await actionlint(textOf(workflow))).toEqual([]);
    expect(await actionlint(textOf(previews))).toEqual([]);
    await ciGenerator(tree, { provider: 'gitlab' });
    const gitlab = parse(textOf(pipeline)) as { '.skills': { before_script: string[] } };
    expect(gitlab['.skills'].before_script.slice(1)).toEqual([
      expect.stringContaining(` ${installed}`),
      install,
    ]);
  });
});

it('generates the workflows of this repository; if not: npx nx g @odoobo/nx-skills:ci', async () => {
  const own = new FsTree(root, false);
  await ciGenerator(own, { overwrite: true });
  for (const file of [workflow, previews, action])
    expect(own.read(file, 'utf8')).toBe(await readFile(join(root, file), 'utf8'));
});

it('documents each command of a job in docs/ci.md', async () => {
  await ciGenerator(tree, {});
  const docs = await readFile(join(root, 'docs/ci.md'), 'utf8');
  const commands = allSteps().flatMap(({ run }) => run?.match(/npx [^\n)]*/g) ?? []);
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) expect(docs).toContain(command);
});

function specOf(...envs: [key: string, type: string][]): string {
  const lines = envs.map(([key, type]) => `      - { key: ${key}, type: ${type}, value: '\${${key}}' }\n`);
  return `name: one
services:
  - name: one
    github: { repo: '\${GITHUB_REPOSITORY}', branch: main }
    instance_size_slug: apps-s-1vcpu-0.5gb
    envs:
${lines.join('')}`;
}

function imageSpecOf(registry: 'GHCR' | 'DOCKER_HUB', pinned = ''): string {
  return `name: two
services:
  - name: two
    image: { registry_type: ${registry}, registry: acme, repository: two${pinned === '' ? '' : `, ${pinned}`} }
    instance_size_slug: apps-s-1vcpu-0.5gb
`;
}

async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o755 });
}
