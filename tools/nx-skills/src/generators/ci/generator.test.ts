import { updateNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { FsTree } from 'nx/src/generators/tree.js';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { actionlint } from '../../test-support/actionlint.js';
import { tempDirectory } from '../../test-support/temp-directory.js';
import ciGenerator from './generator.js';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  environment?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: Step[];
}

const root = join(import.meta.dirname, '../../../../..');
const workflow = '.github/workflows/deploy-skills-parallel.yml';
const previews = '.github/workflows/preview-skills.yml';
const action = '.github/actions/setup-skills/action.yml';

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('package-lock.json', '{}');
});

function textOf(file: string): string {
  return tree.read(file, 'utf8') ?? '';
}

/** Of both workflows. */
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

describe('the ci generator', () => {
  it('writes workflows that actionlint finds nothing wrong with', async () => {
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

  it('gives each job a deadline and its own permissions, and credentials to those that ask the remote', async () => {
    await ciGenerator(tree, {});
    for (const [name, job] of Object.entries(jobs())) {
      expect(job['timeout-minutes'], name).toBeGreaterThan(0);
      const checkout = job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
      if (!checkout) continue;
      expect(job.permissions?.['contents'], name).toBe(name === 'deploy' ? 'write' : 'read');
      const asksRemote = name === 'deploy' || name === 'preview';
      expect(checkout.with?.['persist-credentials'], name).toBe(asksRemote ? undefined : false);
    }
  });

  it('keeps the token that deletes to previews, and what a pull request says away from it', async () => {
    await ciGenerator(tree, {});
    const own = Object.entries(jobs()).filter(([, { environment }]) => environment === 'preview');
    expect(own.map(([name]) => name)).toEqual(['preview', 'delete']);
    // pull_request_target hands over secrets: there only the default branch is run.
    const checkout = jobs()['delete']?.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with?.['ref']).toBe('${{ github.event.repository.default_branch }}');
    for (const name of ['preview', 'refuse-fork', 'delete'])
      expect(textOf(previews)).toMatch(
        new RegExp(`  ${name}:\n    if:[^]*?head\\.repo\\.full_name [!=]= github\\.repository`),
      );
  });

  it('hands over what App Specs take from the environment, where it is used', async () => {
    tree.write('infra/one/app-spec.yaml', specOf(['A_TOKEN', 'SECRET'], ['LOG_LEVEL', 'GENERAL']));
    tree.write('infra/broken/app-spec.yaml', 'name: [');
    await ciGenerator(tree, {});
    expect(textOf(workflow).match(/A_TOKEN: .*/g)).toEqual(Array(2).fill('A_TOKEN: ${{ secrets.A_TOKEN }}'));
    expect(textOf(workflow)).toContain('LOG_LEVEL: ${{ vars.LOG_LEVEL }}');
    expect(textOf(previews)).toContain('A_TOKEN: ${{ secrets.A_TOKEN }}');
    expect(textOf(workflow)).not.toContain('GITHUB_REPOSITORY:');
    expect(await actionlint(textOf(workflow))).toEqual([]);
  });

  it("plans and previews pull requests to the workspace's default branch", async () => {
    updateNxJson(tree, { defaultBase: "it's" });
    await ciGenerator(tree, {});
    for (const file of [workflow, previews]) {
      const { on } = parse(textOf(file)) as { on: { pull_request: { branches: string[] } } };
      expect(on.pull_request.branches).toEqual(["it's"]);
    }
  });

  it('is safe to repeat, and writes over nothing that was changed unless told to', async () => {
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

  it('writes nothing where npm does not install the packages', async () => {
    const folder = await tempDirectory();
    await writeFile(join(folder, 'pnpm-lock.yaml'), '');
    const other = new FsTree(folder, false);
    await expect(ciGenerator(other, {})).rejects.toThrow('this workspace uses pnpm');
    expect(other.listChanges()).toEqual([]);
  });
});

it('is where the workflows of this repository come from; if not: npx nx g @odoobo/nx-skills:ci', async () => {
  const own = new FsTree(root, false);
  await ciGenerator(own, { overwrite: true });
  for (const file of [workflow, previews, action])
    expect(own.read(file, 'utf8')).toBe(await readFile(join(root, file), 'utf8'));
});

it('can be done again by hand: each command of a job stands in docs/ci.md', async () => {
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
