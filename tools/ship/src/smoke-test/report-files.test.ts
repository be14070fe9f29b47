import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workspaceFolders } from '../records/workspace-folders.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type TestReport, testReportSchema } from './report.js';
import { ReportFiles } from './report-files.js';

const at = '2026-01-31T09:30:00.000Z';
const base = 'logs/tests/test-2026-01-31T09-30-00-000Z';

function report(skill: string, success = true): TestReport {
  const stages = [{ name: 'health', status: 'passed' as const, durationMs: 1, detail: '200', problems: [] }];
  const skills = [{ skill, success, startedAt: at, stages }];
  return { startedAt: at, finishedAt: at, platform: 'p', success, skills };
}

it('logs one line per event, whatever its text', async () => {
  const root = await tempDirectory();
  const files = new ReportFiles(workspaceFolders(root), at, () => {});
  const stage = {
    name: 'own',
    status: 'failed' as const,
    durationMs: 7,
    detail: '',
    problems: ['a\n  b', 'c'],
  };
  files.logStage('shop')(stage);
  const log = await readFile(join(root, `${base}.log`), 'utf8');
  expect(log).toMatch(/^\S+Z shop own: failed in 7 ms: a b; c\n$/);
});

it('is one report, whichever process of a run writes a part of it', async () => {
  const root = await tempDirectory();
  const publish = (skill: string, success: boolean) =>
    new ReportFiles(workspaceFolders(root), at, () => {}).publish(report(skill, success));
  await Promise.all([publish('c', true), publish('a', false), publish('b', true)]);
  const whole = testReportSchema.parse(JSON.parse(await readFile(join(root, `${base}.json`), 'utf8')));
  expect(whole.skills.map(({ skill }) => skill)).toEqual(['a', 'b', 'c']);
  expect(whole.success).toBe(false);
  const xml = await readFile(join(root, `${base}.xml`), 'utf8');
  expect(xml.match(/<testsuite name="."/g)).toHaveLength(3);
});

it.each(['logs', '.nx'])('warns once that %s cannot be written, and continues', async (folder) => {
  const root = await tempDirectory();
  await writeFile(join(root, folder), 'a file where a folder should be');
  const warnings: string[] = [];
  await new ReportFiles(workspaceFolders(root), at, (warning) => warnings.push(warning)).publish(report('a'));
  expect(warnings).toEqual([expect.stringMatching(/^The report of this run is not complete: /)]);
});
