import { formatDuration, countSkills } from '../terminal/format.js';
import { escapeMarkdown, markdownTable } from './markdown.js';
import { isWell, type Report, type ReportedSkill } from './report.js';

/** A report as a table, and what went wrong below it: for the summary of a job. */
export function reportMarkdown({ skills, success }: Report): string {
  const well = skills.filter(isWell).length;
  const title = success
    ? `✅ ${countSkills(well)} deployed`
    : `❌ ${well} of ${countSkills(skills.length)} deployed`;
  const head = ['', 'Skill', 'Result', 'Health', 'Smoke test', 'Commit', 'Time'];
  const errors = skills.flatMap(({ skill, error }) =>
    error === undefined ? [] : `- **${escapeMarkdown(skill)}**: ${escapeMarkdown(error)}\n`,
  );
  const parts = [`## ${title}\n`, markdownTable(head, skills.map(rowOf)), errors.join('')];
  return parts.filter((part) => part !== '').join('\n');
}

function rowOf(skill: ReportedSkill): string[] {
  const { deployment_status: result, commit, started_at: from, completed_at: to } = skill;
  const time = from !== undefined && to !== undefined ? Date.parse(to) - Date.parse(from) : undefined;
  return [
    isWell(skill) ? '✅' : '❌',
    nameOf(skill),
    escapeMarkdown(result?.toLowerCase().replaceAll('_', ' ') ?? 'not deployed'),
    healthOf(skill),
    testOf(skill),
    escapeMarkdown(commit?.slice(0, 12) ?? ''),
    time === undefined ? '' : formatDuration(time),
  ];
}

function nameOf({ skill, url }: ReportedSkill): string {
  const name = escapeMarkdown(skill);
  return url !== undefined && /^https?:\/\/[\w.:/-]+$/.test(url) ? `[${name}](${url})` : name;
}

function healthOf({ health }: ReportedSkill): string {
  if (!health) return '';
  const trouble = health.trouble ?? `status ${health.status_code ?? 'unknown'}`;
  return health.healthy ? 'healthy' : `**${escapeMarkdown(trouble)}**`;
}

function testOf({ smoke_test: test }: ReportedSkill): string {
  if (!test) return '';
  return test.success ? 'passed' : `**failed: ${escapeMarkdown(test.failed_stages.join(', '))}**`;
}
