import { type Tree, updateNxJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { actionlint } from '@odoobo/ship/test-support/actionlint';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import ciGenerator from './generator.js';

interface Step {
  name?: string;
  run?: string;
  env?: Record<string, string>;
}
interface Job {
  needs: string[];
  environment?: string;
  concurrency?: { group: string };
  'timeout-minutes': number;
  steps: Step[];
}

const workflow = '.github/workflows/deploy-skills-parallel.yml';
const pipeline = '.gitlab/skills.gitlab-ci.yml';
const key = 'ROLLOUT_KEY: ${{ secrets.ROLLOUT_KEY }}';

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  tree.write('package-lock.json', '{}');
});

function rollOut(steps: object[]): void {
  tree.write('skills/shop/skill.json', JSON.stringify({ id: 'shop', rollout: { steps } }));
}

async function jobs(): Promise<Record<string, Job>> {
  await ciGenerator(tree, { overwrite: true });
  expect(await actionlint(textOf(workflow))).toEqual([]);
  return (parse(textOf(workflow)) as { jobs: Record<string, Job> }).jobs;
}

function textOf(file: string): string {
  return tree.read(file, 'utf8') ?? '';
}

/** The names of the jobs that have the key, once for each step. */
function withKey(all: Record<string, Job>): string[] {
  return Object.entries(all).flatMap(([name, { steps }]) =>
    steps.flatMap(({ env }) => (env?.['ROLLOUT_KEY'] === undefined ? [] : name)),
  );
}

describe('where skills have rollouts', () => {
  it('adds nothing without one', async () => {
    tree.write('skills/shop/skill.json', JSON.stringify({ id: 'shop', rollout: false }));
    const all = await jobs();
    expect(textOf(workflow)).not.toMatch(/rollout|waiting|\{\{ \w+ \w+ \w+ \}\}/i);
    expect(all['deploy']?.['timeout-minutes']).toBe(60);
  });

  it('gives the key to the deploy job only, and time, where no step needs an approval', async () => {
    rollOut([{ weight: 10, for: '2h' }]);
    const all = await jobs();
    expect(withKey(all)).toEqual(['deploy']);
    expect(all['deploy']?.['timeout-minutes']).toBe(360);
    expect(Object.keys(all)).not.toContain('approval');
    expect(textOf('.github/workflows/preview-skills.yml')).not.toContain('ROLLOUT_KEY');
    expect(textOf(workflow)).not.toContain('leaveWaiting');
  });

  it('lets reviewers of an environment approve, in a job that keeps no other deploy waiting', async () => {
    rollOut([{ weight: 10 }, { approve: true }]);
    const { deploy, approval, follow, notify, ...all } = await jobs();
    expect(approval?.environment).toBe('rollout');
    expect(approval?.concurrency).toBeUndefined();
    expect(withKey({ approval } as Record<string, Job>)).toEqual([]);
    expect(follow?.environment).toBe('production');
    expect(follow?.concurrency).toEqual(deploy?.concurrency);
    expect(withKey({ deploy, follow, ...all } as Record<string, Job>)).toEqual([
      'deploy',
      'follow',
      'follow',
      'follow',
    ]);
    expect(notify?.needs).toEqual([
      'detect-changes',
      'validate',
      'build',
      'deploy',
      'verify',
      'waiting',
      'follow',
    ]);
    const commands = [deploy, follow].flatMap((job) => job?.steps.flatMap(({ run }) => run ?? []) ?? []);
    expect(commands.filter((command) => command.includes(':deploy')).every(leavesWaiting)).toBe(true);
  });

  it('has jobs for each step that waits for an approval, also where nx.json has the steps', async () => {
    const steps = [
      { weight: 1, approve: true },
      { weight: 10, approve: true },
    ];
    updateNxJson(tree, { plugins: [{ plugin: '@odoobo/nx-skills', options: { rollout: { steps } } }] });
    const all = await jobs();
    expect(Object.keys(all).filter((name) => /^(waiting|approval|follow)/.test(name))).toEqual([
      'waiting',
      'approval',
      'follow',
      'waiting-2',
      'approval-2',
      'follow-2',
    ]);
    expect(all['waiting-2']?.needs).toEqual(['detect-changes', 'follow']);
    expect(all['notify']?.needs.slice(-2)).toEqual(['waiting-2', 'follow-2']);
  });

  it('has manual jobs on GitLab, which do not hold up the pipeline', async () => {
    rollOut([{ weight: 10 }, { approve: true }, { approve: true }]);
    tree.write(
      'nx.json',
      JSON.stringify({ plugins: [{ plugin: '@odoobo/nx-skills', options: { rolloutTargetName: 'roll' } }] }),
    );
    await ciGenerator(tree, { provider: 'gitlab' });
    const manual = Object.entries(
      parse(textOf(pipeline)) as Record<string, { rules?: object[]; script: string[] }>,
    ).filter(([, { rules = [] }]) => rules.some((rule) => 'when' in rule && rule.when === 'manual'));
    expect(manual.map(([name]) => name)).toEqual(['skills-approve', 'skills-refuse']);
    for (const [, { rules, script }] of manual) {
      expect(rules).toEqual([expect.objectContaining({ allow_failure: true })]);
      expect(script[0]).toContain('nx affected -t roll --base="$BASE" -c production --recorded --');
    }
    expect(textOf(pipeline)).toContain('#   ROLLOUT_KEY ');
  });

  it('refuses an App Spec with the variable of the key', async () => {
    tree.write(
      'infra/one/app-spec.yaml',
      `name: one
services:
  - name: one
    image: { registry_type: GHCR, registry: acme, repository: one }
    instance_size_slug: apps-s-1vcpu-0.5gb
    envs: [{ key: A, type: SECRET, value: '\${ROLLOUT_KEY}' }]
`,
    );
    await expect(ciGenerator(tree, {})).rejects.toThrow('${ROLLOUT_KEY}');
  });

  it('documents each command of these jobs in docs/ci.md', async () => {
    rollOut([{ weight: 10 }, { approve: true }]);
    await ciGenerator(tree, {});
    const docs = await readFile(join(import.meta.dirname, '../../../../../docs/ci.md'), 'utf8');
    const commands =
      textOf(workflow).match(/npx nx run "\$PROJECT:rollout"[^\n]*|npx .*--leaveWaiting/g) ?? [];
    expect(commands).toHaveLength(4);
    for (const command of commands) expect(docs).toContain(command);
    expect(textOf(workflow).split(key)).toHaveLength(5);
  });
});

function leavesWaiting(command: string): boolean {
  return command.endsWith(' --leaveWaiting');
}
