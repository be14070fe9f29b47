import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { actionlint } from '@odoobo/ship/test-support/actionlint';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import ciGenerator from './generator.js';

interface Job {
  needs?: string[];
  environment?: string;
  'timeout-minutes'?: number;
  steps: { run?: string; env?: Record<string, string> }[];
}

const root = join(import.meta.dirname, '../../../../..');
const workflow = '.github/workflows/deploy-skills-parallel.yml';
const previews = '.github/workflows/preview-skills.yml';
const pipeline = '.gitlab/skills.gitlab-ci.yml';
const placements = `placements:
  - { environment: test, secretsPrefix: TEST_ }
  - { environment: staging, secretsPrefix: STAGING_ }
  - { environment: production }
  - { name: acme, tenant: acme, secretsPrefix: ACME_, soak: 30m }
`;
const scale = [
  { cron: '0 8 * * 1-5', zone: 'Asia/Kolkata', instances: 2 },
  { cron: '10-20/5 20 * * *', instances: 1 },
];

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('package-lock.json', '{}');
});

function textOf(file: string): string {
  return tree.read(file, 'utf8') ?? '';
}

function jobs(): Record<string, Job> {
  return (parse(textOf(workflow)) as { jobs: Record<string, Job> }).jobs;
}

const spec = `name: one
services:
  - name: one
    github: { repo: '\${GITHUB_REPOSITORY}', branch: main }
    envs:
      - { key: A_TOKEN, type: SECRET }
      - { key: LEVEL, value: '\${LEVEL}' }
`;

describe('with environments and schedules', () => {
  const scaling = '.github/workflows/scale-skills.yml';
  const stepOf = (job: string) => jobs()[job]?.steps.find(({ run }) => run?.includes(':deploy" -c'));

  beforeEach(() => {
    tree.write('infra/do-gradient/one/app-spec.yaml', spec);
  });

  it('writes a job for each environment of all skills, in their order, and production after the last', async () => {
    tree.write('infra/do-gradient/placements.yaml', placements);
    await ciGenerator(tree, {});
    const needs = (name: string) => jobs()[name]?.needs;
    expect(needs('deploy-test')).toEqual(['detect-changes', 'validate', 'build']);
    expect(needs('deploy-staging')).toEqual(['detect-changes', 'deploy-test']);
    expect(needs('deploy')).toEqual(['detect-changes', 'validate', 'build', 'deploy-staging']);
    expect(jobs()['deploy-staging']).toMatchObject({ environment: 'staging', 'timeout-minutes': 90 });
    expect(stepOf('deploy-staging')?.run).toBe('npx nx run "$PROJECT:deploy" -c staging --smokeTest');
    for (const file of [workflow, previews]) expect(await actionlint(textOf(file))).toEqual([]);
  });

  it('passes to each the secrets of its placements, and to a preview its own', async () => {
    tree.write('infra/do-gradient/placements.yaml', placements);
    await ciGenerator(tree, {});
    const secrets = (job: string) =>
      Object.keys(stepOf(job)?.env ?? {}).filter((key) => /A_TOKEN|LEVEL/.test(key));
    expect(secrets('deploy-staging')).toEqual(['LEVEL', 'STAGING_A_TOKEN']);
    expect(secrets('deploy')).toEqual(['ACME_A_TOKEN', 'A_TOKEN', 'LEVEL']);
    expect(textOf(previews)).toContain(' A_TOKEN: ${{ secrets.A_TOKEN }}');
    expect(textOf(previews)).not.toContain('ACME_A_TOKEN');
  });

  it('writes a workflow that scales at the minutes of the schedules, in UTC', async () => {
    tree.write('skills/one/skill.json', JSON.stringify({ id: 'one', scale }));
    tree.write('infra/do-gradient/placements.yaml', placements);
    await ciGenerator(tree, {});
    const { on, jobs: scaled } = parse(textOf(scaling)) as {
      on: { schedule: { cron: string }[] };
      jobs: Record<string, Job>;
    };
    expect(on.schedule).toEqual([{ cron: '10,15,20,30 * * * *' }]);
    const docs = await readFile(join(root, 'docs/ci.md'), 'utf8');
    const runs = scaled['scale']?.steps.flatMap(({ run }) => run ?? []) ?? [];
    expect(runs).toEqual(
      ['production', 'test', 'staging'].map((one) => `npx nx run-many -t scale --scheduled -c ${one}`),
    );
    for (const command of [runs[0], stepOf('deploy-staging')?.run]) expect(docs).toContain(command);
    expect(await actionlint(textOf(scaling))).toEqual([]);
  });

  it('writes neither without them', async () => {
    await ciGenerator(tree, {});
    expect(tree.exists(scaling)).toBe(false);
    expect(Object.keys(jobs()).filter((name) => name.startsWith('deploy'))).toEqual(['deploy']);
  });
});

describe('a pipeline of GitLab, with environments and schedules', () => {
  interface PipelineJob {
    environment?: string | { name: string; action: string };
    needs?: string[];
    timeout: string;
    resource_group?: string;
    script: string[];
    rules: { if: string }[];
  }
  const jobOf = (name: string) => (parse(textOf(pipeline)) as Record<string, PipelineJob>)[`skills-${name}`];
  const generate = () => ciGenerator(tree, { provider: 'gitlab', overwrite: true });

  beforeEach(() => tree.write('infra/do-gradient/one/app-spec.yaml', spec));

  it('has a job for each environment of all skills, in their order, and production after the last', async () => {
    tree.write('infra/do-gradient/placements.yaml', placements);
    await generate();
    expect(jobOf('deploy-test')?.needs).toEqual(['skills-check', 'skills-build']);
    expect(jobOf('deploy-staging')).toMatchObject({
      needs: ['skills-deploy-test'],
      environment: 'staging',
      resource_group: 'staging',
      timeout: '90 minutes',
      script: ['npx nx affected -t deploy --base="$BASE" -c staging --smokeTest'],
      rules: jobOf('deploy')?.rules,
    });
    expect(jobOf('deploy')?.needs).toEqual(['skills-check', 'skills-build', 'skills-deploy-staging']);
    expect(textOf(pipeline)).toContain(
      'only for the environment production; another one for each of test, staging\n',
    );
  });

  it('scales by pipelines of a schedule, and says when that must run', async () => {
    tree.write('skills/one/skill.json', JSON.stringify({ id: 'one', scale }));
    tree.write('infra/do-gradient/placements.yaml', placements);
    await generate();
    const docs = await readFile(join(root, 'docs/ci.md'), 'utf8');
    for (const name of ['production', 'test', 'staging']) {
      const job = jobOf(`scale-${name}`);
      expect(job).toMatchObject({
        needs: [],
        environment: { name, action: 'access' },
        script: [`npx nx run-many -t scale --scheduled -c ${name}`],
      });
      expect(job?.rules.map((rule) => rule.if)).toEqual([
        '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
      ]);
    }
    for (const command of [jobOf('scale-production')?.script[0], jobOf('deploy-staging')?.script[0]])
      expect(docs).toContain(command);
    expect(textOf(pipeline)).toContain('with the interval pattern 10,15,20,30 * * * *\n');
  });

  it('calls the target that scales by the name that the workspace gives to it', async () => {
    const plugins = [{ plugin: '@odoobo/nx-skills', options: { scaleTargetName: 'resize' } }];
    tree.write('nx.json', JSON.stringify({ plugins }));
    tree.write('skills/one/skill.json', JSON.stringify({ id: 'one', scale }));
    await generate();
    expect(jobOf('scale-production')?.script).toEqual([
      'npx nx run-many -t resize --scheduled -c production',
    ]);
  });

  it('has no such job without them, and no mark of a template either way', async () => {
    await generate();
    expect(textOf(pipeline)).not.toMatch(/scale|\{\{|\n\n\n|\n\n$/);
    tree.write('skills/one/skill.json', JSON.stringify({ id: 'one', scale }));
    tree.write('infra/do-gradient/placements.yaml', placements);
    await generate();
    expect(textOf(pipeline)).not.toMatch(/\{\{|\n\n\n|\n\n$/);
  });
});
