import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atNight } from './support/at-night.js';
import { Pipeline, type Step } from './support/pipeline.js';
import type { Workspace } from './support/workspace.js';

const setUp = '.github/actions/setup-skills/action.yml';

let pipeline: Pipeline;
let workspace: Workspace;

beforeAll(async () => {
  pipeline = await Pipeline.create();
  workspace = pipeline.workspace;
});
afterAll(async () => {
  await pipeline.close();
});

describe('finds the skills to ship', () => {
  const shipped = (skill: string) => ({ skill, project: skill, root: `skills/${skill}` });
  const find = (env: { BASE: string; SKILLS: string }) =>
    pipeline.runStep('detect-changes', 'Find the skills to deploy', env);

  it('that a push has changed', async () => {
    expect((await find({ BASE: 'origin/main', SKILLS: '' })).exitCode).toBe(0);
    expect(await pipeline.lastLine('GITHUB_OUTPUT')).toBe(`skills=${JSON.stringify([shipped('changed')])}`);
  });

  atNight(() => {
    it('none, where nothing is affected, and says so', async () => {
      const { exitCode, all } = await find({ BASE: 'HEAD', SKILLS: '' });
      expect(exitCode).toBe(0);
      expect(await pipeline.lastLine('GITHUB_OUTPUT')).toBe('skills=[]');
      expect(all).toContain('No skill is affected: nothing to ship.');
    });
  });

  it('that are named, and refuses any name that is not a skill', async () => {
    const both = `skills=${JSON.stringify(['kept', 'changed'].map(shipped))}`;
    await find({ BASE: 'HEAD', SKILLS: 'kept, changed' });
    expect(await pipeline.lastLine('GITHUB_OUTPUT')).toBe(both);
    const { exitCode, all } = await find({ BASE: 'HEAD', SKILLS: 'kept,$(touch pwned);`touch pwned`' });
    expect(exitCode).toBe(1);
    expect(all).toContain('is called "$(touch pwned);`touch pwned`". Available: changed, kept');
    expect(await pipeline.lastLine('GITHUB_OUTPUT')).toBe(both);
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
      const { exitCode, all } = await pipeline.runStep('build', step, { PROJECT: 'changed' });
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
    expect((await pipeline.runStep('notify', 'Write the report', env)).exitCode).toBe(0);
    const report: unknown = JSON.parse(await workspace.read('reports/deployment-report.json'));
    expect(report).toMatchObject({
      success: false,
      skills: [
        { skill: 'changed', status: 'completed', smoke_test: { success: true }, branch: 'skill/changed' },
        { skill: 'kept' },
      ],
    });
    expect((await pipeline.runStep('notify', 'Show the report, and notify the webhook', env)).exitCode).toBe(
      0,
    );
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
      expect(await pipeline.runStep('notify', step, env)).toMatchObject({ exitCode: 0 });
    const written = JSON.parse(await workspace.read('reports/deployment-report.json')) as {
      success: boolean;
    };
    return { ...written, summary: await workspace.read('.nx/GITHUB_STEP_SUMMARY') };
  }

  atNight(() => {
    it('says superseded, and no failure, of a skill that a newer commit has superseded, and verifies it not', async () => {
      await writeJournal({ outcome: 'superseded', note: 'superseded by 0123456789ab' });
      const verify = await pipeline.runStep('verify', 'Read the result of the deployment', {
        SKILL: 'changed',
      });
      expect(verify.exitCode, verify.all).toBe(0);
      expect(await pipeline.lastLine('GITHUB_OUTPUT')).toBe('result=SUPERSEDED');
      const { success, summary } = await report({ SKILLS: 'changed' });
      expect(success).toBe(true);
      expect(summary).toContain('✅ 0 skills deployed, 1 superseded');
      expect(summary).toContain('- **changed**: superseded by 0123456789ab');
    });

    it('says what has become of a job that GitHub cancelled while it waited', async () => {
      const older = await pipeline.commitOf('origin/main');
      const newest = await pipeline.commitOf('origin/skill/changed');
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
      const planned = pipeline.stepOf('plan', 'Plan what deploy would do');
      const script = planned.run?.replace('-c production', '') ?? 'exit 1';
      expect(await pipeline.runScript(script, { PROJECTS: 'kept' })).toMatchObject({ exitCode: 0 });
      expect(await workspace.read('plan.md')).toContain('| kept | ➕ create |');
    });
  });
});

atNight(() => {
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
      expect(await pipeline.runScript(takeOver?.run ?? 'exit 1', {})).toMatchObject({ exitCode: 0 });
      const { all } = await pipeline.runStep('build', 'Build the artefact', { PROJECT: 'changed' });
      expect(all).toMatch(/1\/1 hit|read the output from the cache/i);
      expect(existsSync(join(workspace.root, 'skills/changed/dist/image'))).toBe(true);
    },
  );
});
