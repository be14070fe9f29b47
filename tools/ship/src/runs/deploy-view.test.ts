import type { DeployResult } from '@odoobo/app-platform';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { type Drawing, PlainBlock } from '../terminal/live-block.js';
import { DeployView } from './deploy-view.js';

const digest = `sha256:${'0123456789ab'.repeat(6).slice(0, 64)}`;

function result(skill: string, fields: Partial<DeployResult> = {}): DeployResult {
  return { skill, outcome: 'deployed', action: 'create', digest, durationMs: 1234, ...fields };
}

/** The output of a run. */
function printed(results: DeployResult[], earlier: DeployResult[] = [], expected = results.length): string {
  let output = '';
  const skills = results.map(({ skill }) => skill);
  const view = new DeployView(skills, new PlainBlock((text) => (output += text)), pc.createColors(false));
  for (const one of results) view.result(one);
  return output + view.closing(earlier, expected);
}

it('shows the note of a skill below its line', () => {
  const output = printed([result('beta', { action: 'rollback', note: 'back to d-1\nbeta is pinned' })]);
  expect(output).toContain('  ✔ beta  rolled back    1.2 s\n      back to d-1\n      beta is pinned\n');
});

it('shows a superseded skill as a success, with the newer commit', () => {
  const output = printed([result('beta', { outcome: 'superseded', note: 'superseded by c0ffee11' })]);
  expect(output).toContain('  » beta  superseded    1.2 s\n      superseded by c0ffee11\n');
  const cause = { code: 'Overtaken', message: 'deployment 1 was overtaken by 2', logTail: [] };
  expect(printed([result('beta', { outcome: 'superseded', cause })])).toContain('  ✖ beta  superseded  Over');
});

it('prints a line for each skill and a table, sorted, of all', () => {
  const url = 'http://127.0.0.1:4101';
  const cause = { code: 'DeployContainerExitNonZero', message: 'It exited.\nMore.', logTail: [] };
  const output = printed([
    result('beta', { url, deploymentId: 'd-1' }),
    result('alpha', { outcome: 'failed', action: 'update', cause }),
  ]);
  expect(output).toBe(`  ✔ beta   created  http://127.0.0.1:4101  1.2 s
  ✖ alpha  failed  DeployContainerExitNonZero: It exited.

  SKILL  RESULT   DIGEST               DEPLOYMENT  URL                    TIME
  alpha  failed   sha256:0123456789ab  -           -                      1.2 s
  beta   created  sha256:0123456789ab  d-1         http://127.0.0.1:4101  1.2 s

  2 skills: 1 failed, 1 created.

  ✖ alpha  failed  DeployContainerExitNonZero: It exited.

`);
});

it('shows the whole cause of an interrupted skill, which Nx does not print', () => {
  const message = 'stopped: deployment d-1 is still BUILDING; the next deploy continues from there';
  const cause = { code: 'Interrupted', message, logTail: [] };
  const [, below] = printed([result('alpha', { outcome: 'interrupted', cause })]).split('1 interrupted.');
  expect(below).toContain(message);
});

it('says when there is nothing to deploy', () => {
  const unchanged = { outcome: 'unchanged', action: 'none' } as const;
  expect(printed([result('a', unchanged)])).toContain('Nothing to deploy: 1 skill is already up to date.');
});

it('says when only an image was pushed again', () => {
  const unchanged = { outcome: 'unchanged', action: 'none' } as const;
  const output = printed([result('a', { ...unchanged, imagePushed: true }), result('b', unchanged)]);
  expect(output).toContain(
    'Nothing to deploy: 2 skills are already up to date; 1 image was missing in the registry, and pushed again.',
  );
  expect(output).not.toContain('up to date.');
});

it('leaves the table to a later batch if this one changed nothing', () => {
  const unchanged = result('a', { outcome: 'unchanged', action: 'none' });
  expect(printed([unchanged], [], 2)).not.toContain('SKILL');
  expect(printed([result('b')], [unchanged], 2)).toContain('2 skills: 1 unchanged, 1 created.');
});

it('shows the most urgent first, and counts those that do not fit', () => {
  const skills = ['a', 'b', 'c', 'd'];
  let drawing: Drawing = () => [];
  const block = { columns: 80, print: () => {}, draw: (one: Drawing) => (drawing = one), close: () => {} };
  const view = new DeployView(skills, block, pc.createColors(false), { now: () => 0 });
  const about = (skill: string) => ({ at: '2026-01-01T00:00:00.000Z', skill, deploymentId: 'd' });
  view.event({ ...about('a'), type: 'waiting', reason: 'dependency', for: 'b' });
  for (const skill of ['b', 'c', 'd'])
    view.event({ ...about(skill), type: 'progress', phase: 'DEPLOYING', done: 4, total: 6 });
  view.event({ ...about('d'), type: 'rolling-back', from: 'd', to: 'c', reason: 'it answered 500' });
  view.event({ ...about('d'), type: 'progress', phase: 'DEPLOYING', done: 1, total: 6 });
  expect(drawing({ columns: 80, rows: 3 })).toEqual([
    '  ↩ d  0.0 s  deploying 1/6',
    '  • b  0.0 s  deploying 4/6',
    '  and 2 more: 1 running, 1 waiting',
  ]);
});
