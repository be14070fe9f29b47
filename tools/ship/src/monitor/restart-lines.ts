import { formatAge } from '../terminal/format.js';
import type { Style } from '../terminal/style.js';
import { split, wrap } from '../terminal/wrap.js';
import type { MonitorReport, MonitorRow } from './report.js';

/**
 * Restarts, the latest first: number, reason and last output.
 * @param room number of lines, including an empty one and the title
 * @param columns longer lines are wrapped at this width
 */
export function restartLines(
  { skills, at }: MonitorReport,
  style: Style,
  room: number,
  columns = Infinity,
): string[] {
  const ended = skills.filter(({ restarts }) => restarts).sort(byLast);
  if (ended.length === 0 || room < 3) return [];
  const lines = [
    '',
    `  ${style.bold('Restarted')}`,
    ...ended.flatMap((row) => linesOf(row, at, style, columns)),
  ];
  return lines.slice(0, room);
}

function byLast(a: MonitorRow, b: MonitorRow): number {
  return (b.restarts?.at ?? '').localeCompare(a.restarts?.at ?? '');
}

function linesOf({ skill, restarts }: MonitorRow, at: string, style: Style, columns: number): string[] {
  if (!restarts) return [];
  const { count, cause, component, lines } = restarts;
  const age = formatAge(Date.parse(at) - Date.parse(restarts.at));
  const summary = `  ${skill}  ${style.red(timesOf(count))}, last ${age} ago: ${component} ${cause}`;
  const printed = lines.flatMap((line) => split(line, columns - logMark.length));
  return [...wrap(summary, columns), ...printed.map((line) => style.dim(`${logMark}${line}`))];
}

const logMark = '    | ';

/** Such as `3 restarts`. */
export function timesOf(count: number): string {
  return count === 1 ? '1 restart' : `${count} restarts`;
}
