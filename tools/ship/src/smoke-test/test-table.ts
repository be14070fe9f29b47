import { countSkills } from '../terminal/format.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';
import type { SkillReport, StageReport, TestReport } from './report.js';
import { isOwn } from './stages/own.js';
import { responseTime } from './stages/response-time.js';
import { commonStages } from './test-skill.js';

/** One row per skill, one column per stage, a summary, and where the report is. */
export function testTable(report: TestReport, files: string, look: ResultLook): string {
  const skills = [...report.skills].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  const failed = skills.filter(({ success }) => !success).length;
  const summary = `${countSkills(skills.length)}: ${skills.length - failed} passed, ${failed} failed.`;
  const where = `Report: ${files}.log, .json, .xml`;
  return resultTable(columnsOf(look.style), skills, [summary, where], look);
}

/** Shorter titles for narrow terminals. */
const shortTitles: Record<string, string> = {
  'response time': 'RESPONSE',
  'error handling': 'ERRORS',
  documentation: 'DOCS',
};

function columnsOf(style: Style): Column<SkillReport>[] {
  const stageOf = ({ stages }: SkillReport, name: string) => stages.find((stage) => stage.name === name);
  const common = commonStages.map(({ name }, index): Column<SkillReport> => {
    const cell = (skill: SkillReport) => cellOf(stageOf(skill, name), style);
    return {
      title: name.toUpperCase(),
      cell,
      short: {
        title: shortTitles[name] ?? name.toUpperCase(),
        cell: (skill) => cell(skill).replace(/p50.*, /, ''),
      },
      // Can be dropped: the outcome of the skill names the failed stages.
      ...(index > 0 && { drop: index }),
    };
  });
  const own = ({ stages }: SkillReport) => ownCell(stages.filter(isOwn), style);
  return [{ title: 'SKILL', cell: ({ skill }) => skill }, ...common, { title: 'OWN', cell: own }];
}

function cellOf(stage: StageReport | undefined, style: Style): string {
  if (!stage) return markOf('skipped', style);
  const mark = markOf(stage.status, style);
  return stage.name === responseTime.name && stage.status !== 'skipped' ? `${mark} ${stage.detail}` : mark;
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
