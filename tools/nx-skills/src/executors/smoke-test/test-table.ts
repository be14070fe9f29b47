import { countSkills } from '../../terminal/format.js';
import type { Style } from '../../terminal/style.js';
import { table } from '../../terminal/table.js';
import type { SkillReport, StageReport, TestReport } from './report.js';
import { isOwn } from './stages/own.js';
import { responseTime } from './stages/response-time.js';
import { commonStages } from './test-skill.js';

/** A row a skill and a column a stage, all of them in a sentence, and where the report is. */
export function testTable(report: TestReport, files: string, style: Style): string {
  const names = [...commonStages.map(({ name }) => name), 'own'];
  const head = ['skill', ...names].map((title) => style.dim(title.toUpperCase()));
  const rows = [...report.skills]
    .sort((a, b) => (a.skill < b.skill ? -1 : 1))
    .map((skill) => rowOf(skill, style));
  const failed = report.skills.filter(({ success }) => !success).length;
  const summary = `${countSkills(rows.length)}: ${rows.length - failed} passed, ${failed} failed.`;
  const where = `Report: ${files}.log, .json, .xml`;
  const lines = ['', ...table([head, ...rows]), '', style.bold(summary), where, ''];
  return lines.map((line) => (line === '' ? '\n' : `  ${line}\n`)).join('');
}

function rowOf({ skill, stages }: SkillReport, style: Style): string[] {
  const common = stages.slice(0, commonStages.length);
  return [skill, ...common.map((stage) => cellOf(stage, style)), ownCell(stages.filter(isOwn), style)];
}

function cellOf({ name, status, detail }: StageReport, style: Style): string {
  const mark = markOf(status, style);
  return name === responseTime.name && status !== 'skipped' ? `${mark} ${detail}` : mark;
}

function ownCell(stages: readonly StageReport[], style: Style): string {
  const passed = stages.filter(({ status }) => status === 'passed').length;
  const ran = stages.some(({ status }) => status !== 'skipped');
  if (!ran) return markOf('skipped', style);
  return `${markOf(passed === stages.length ? 'passed' : 'failed', style)} ${passed}/${stages.length}`;
}

export function markOf(status: StageReport['status'], { green, red, dim }: Style): string {
  return { passed: green('✔'), failed: red('✖'), skipped: dim('-') }[status];
}
