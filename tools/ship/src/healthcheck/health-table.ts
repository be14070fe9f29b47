import { countSkills, formatLatency } from '../terminal/format.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';
import type { SkillHealth } from './check-skills.js';

/** The health of each skill, and a summary. */
export function healthTable(results: readonly SkillHealth[], look: ResultLook): string {
  return resultTable(columnsOf(look.style), [...results].sort(bySkill), [summary(results)], look);
}

function bySkill(a: SkillHealth, b: SkillHealth): number {
  return a.skill < b.skill ? -1 : 1;
}

function columnsOf({ green, red }: Style): Column<SkillHealth>[] {
  const health = (result: SkillHealth) => {
    const word = healthOf(result);
    return word === 'healthy' ? green(word) : red(word);
  };
  return [
    { title: 'SKILL', cell: ({ skill }) => skill },
    { title: 'HEALTH', cell: health },
    { title: 'STATUS', cell: ({ report }) => String(report?.reply?.status ?? '-'), drop: 3 },
    { title: 'TIME', cell: ({ report }) => timeOf(report), drop: 2 },
    { title: 'ATTEMPTS', cell: ({ report }) => String(report?.attempts ?? '-'), drop: 1 },
    { title: 'URL', cell: ({ report }) => report?.url ?? '-', below: true },
  ];
}

function timeOf(report: SkillHealth['report']): string {
  return report?.reply ? formatLatency(report.reply.milliseconds) : '-';
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
