import { countSkills, formatLatency } from '../../terminal/format.js';
import type { Style } from '../../terminal/style.js';
import { table } from '../../terminal/table.js';
import type { SkillHealth } from './check-skills.js';

/** How each skill is, and all of them in a sentence. */
export function healthTable(results: readonly SkillHealth[], style: Style): string {
  const head = ['SKILL', 'HEALTH', 'STATUS', 'TIME', 'ATTEMPTS', 'URL'].map((title) => style.dim(title));
  const rows = [...results].sort(bySkill).map((result) => rowOf(result, style));
  const lines = ['', ...table([head, ...rows]), '', style.bold(summary(results)), ''];
  return lines.map((line) => (line === '' ? '\n' : `  ${line}\n`)).join('');
}

function bySkill(a: SkillHealth, b: SkillHealth): number {
  return a.skill < b.skill ? -1 : 1;
}

function rowOf(result: SkillHealth, { green, red }: Style): string[] {
  const { skill, report } = result;
  const word = healthOf(result);
  return [
    skill,
    word === 'healthy' ? green(word) : red(word),
    report?.reply ? String(report.reply.status) : '-',
    report?.reply ? formatLatency(report.reply.milliseconds) : '-',
    report ? String(report.attempts) : '-',
    report?.url ?? '-',
  ];
}

function healthOf({ report }: SkillHealth): string {
  if (!report) return 'not live';
  return report.healthy ? 'healthy' : 'unhealthy';
}

function summary(results: readonly SkillHealth[]): string {
  const words = results.map(healthOf);
  const counts = ['healthy', 'unhealthy', 'not live'].flatMap((word) => {
    const number = words.filter((one) => one === word).length;
    return number > 0 ? [`${number} ${word}`] : [];
  });
  return `${countSkills(results.length)}: ${counts.join(', ')}.`;
}
