import { countSkills, formatDuration } from '../terminal/format.js';
import { escapeMarkdown, markdownTable } from './markdown.js';
import {
  isCancelledIn,
  isSupersededIn,
  isWaitingIn,
  isWell,
  type Report,
  type ReportedSkill,
} from './report.js';

/** A report as a table, with the problems below it, for the summary of a job. */
export function reportMarkdown(report: Report): string {
  const { skills } = report;
  const head = ['', 'Skill', 'Result', 'Health', 'Smoke test', 'Commit', 'Time'];
  const remarks = skills.flatMap(({ skill, error, note }) =>
    [error, note].flatMap((text) =>
      text === undefined ? [] : `- **${escapeMarkdown(skill)}**: ${escapeMarkdown(text)}\n`,
    ),
  );
  const parts = [
    `## ${titleOf(report)}\n`,
    markdownTable(head, skills.map(rowOf)),
    remarks.join(''),
    tracesOf(skills),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function tracesOf(skills: readonly ReportedSkill[]): string {
  const ids = [...new Set(skills.flatMap(({ trace_id: id }) => id ?? []))];
  if (ids.length === 0) return '';
  return `${ids.length === 1 ? 'Trace' : 'Traces'}: ${ids.map((id) => `\`${id}\``).join(', ')}\n`;
}

/** Such as `✅ 2 skills deployed, 1 superseded`. */
function titleOf({ skills, success }: Report): string {
  const superseded = skills.filter(isSupersededIn).length;
  const cancelled = skills.filter(isCancelledIn).length;
  const waiting = skills.filter(isWaitingIn).length;
  const deployed = skills.filter(isWell).length - superseded;
  const all = skills.length - superseded;
  const aside = [
    superseded > 0 ? `, ${superseded} superseded` : '',
    cancelled > 0 ? `, ${cancelled} cancelled` : '',
    waiting > 0 ? `, ${waiting} waiting for an approval` : '',
  ].join('');
  if (success) return `✅ ${countSkills(deployed)} deployed${aside}`;
  const mark = markOfWhole(cancelled, all - deployed - cancelled - waiting);
  return `${mark} ${deployed} of ${countSkills(all)} deployed${aside}`;
}

const markOf = { well: '✅', superseded: '⏩', cancelled: '⚪', waiting: '⏳', bad: '❌' } as const;

/** The worst that there is. */
function markOfWhole(cancelled: number, bad: number): string {
  if (bad > 0) return markOf.bad;
  return cancelled > 0 ? markOf.cancelled : markOf.waiting;
}

function markFor(skill: ReportedSkill): string {
  if (isSupersededIn(skill)) return markOf.superseded;
  if (isCancelledIn(skill)) return markOf.cancelled;
  if (isWaitingIn(skill)) return markOf.waiting;
  return isWell(skill) ? markOf.well : markOf.bad;
}

function rowOf(skill: ReportedSkill): string[] {
  const { deployment_status: result, commit, started_at: from, completed_at: to } = skill;
  const time = from !== undefined && to !== undefined ? Date.parse(to) - Date.parse(from) : undefined;
  return [
    markFor(skill),
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
