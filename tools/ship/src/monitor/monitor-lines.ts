import { describeRollout } from '../rollout/describe-rollout.js';
import { formatAge, formatLatency, shortDigest } from '../terminal/format.js';
import type { Style } from '../terminal/style.js';
import { type Column, fittingTable, table } from '../terminal/table.js';
import type { TerminalSize } from '../terminal/terminal.js';
import { truncate } from '../terminal/truncate.js';
import { split, wrap } from '../terminal/wrap.js';
import { alertLines, alertsOf } from './alert-lines.js';
import { placementGrid } from './placement-grid.js';
import {
  type AppRollout,
  type MonitorReport,
  type MonitorRow,
  type SkillStatus,
  statuses,
} from './report.js';

type Color = 'green' | 'red' | 'yellow' | 'dim';

const colors: Record<SkillStatus, Color> = {
  unhealthy: 'red',
  failed: 'red',
  deploying: 'yellow',
  healthy: 'green',
  live: 'green',
  undeployed: 'dim',
  unknown: 'dim',
};

/** The whole report, in lines of at most `columns` columns. */
export function wholeReport(report: MonitorReport, style: Style, columns = Infinity): string[] {
  return [
    ...heading(report, style, columns),
    ...skillLines(report, style, { columns, rows: Infinity }),
    ...placementGrid(report, style, columns),
    ...rolloutLines(report, style, Infinity, columns),
    ...alertLines(report, style, Infinity, columns),
    ...restartLines(report, style, Infinity, columns),
    ...eventLines(report, style, Infinity).flatMap((line) => wrap(line, columns)),
  ];
}

/**
 * The part of a report that fits into a terminal: no line is wider, and there are no more lines than it has rows.
 * Skills that need attention come first, and those left out are counted; events get the remaining lines, or a third.
 */
export function fittingReport(
  report: MonitorReport,
  style: Style,
  { columns, rows }: TerminalSize,
): string[] {
  const head = heading(report, style, columns);
  const third = Math.floor((rows - head.length) / 3);
  const grid = placementGrid(report, style, columns);
  const more = [rolloutLines, alertLines, restartLines]
    .flatMap((lines) => lines(report, style, third))
    .concat(grid.length <= third ? grid : [])
    .slice(0, third);
  const room = rows - head.length - more.length;
  const events = eventLines(report, style, Math.max(Math.floor(room / 3), room - report.skills.length - 1));
  const skills = skillLines(report, style, { columns, rows: room - events.length });
  return [...head, ...skills, ...more, ...events].slice(0, rows).map((line) => truncate(line, columns));
}

function heading(report: MonitorReport, style: Style, columns: number): string[] {
  const { at, platform, trouble, seenAt, summary } = report;
  const total = report.skills.length === 1 ? '1 skill' : `${report.skills.length} skills`;
  const counts = countsOf((status) => summary[status], style);
  return [
    `  ${style.bold(total)}${counts === '' ? '' : `: ${counts}`}`,
    style.dim(`  ${platform}  ${at.slice(0, 19).replace('T', ' ')} UTC`),
    ...(trouble === undefined ? [] : [stale(at, seenAt), ...trouble.split('\n')])
      .flatMap((line) => wrap(line, columns - 2))
      .map((line) => style.red(`  ${line}`)),
    '',
  ];
}

function stale(at: string, seenAt: string | undefined): string {
  const shown = seenAt === undefined ? '' : ` The table is from ${ageOf(seenAt, at)} ago.`;
  return `The platform cannot be read.${shown} Trying again.`;
}

function countsOf(count: (status: SkillStatus) => number, style: Style): string {
  return statuses
    .filter((status) => count(status) > 0)
    .map((status) => style[colors[status]](`${count(status)} ${wordOf(status)}`))
    .join(', ');
}

function wordOf(status: SkillStatus): string {
  return status === 'undeployed' ? 'not deployed' : status;
}

/** @param room number of lines, including the head of the table and the count of skills left out */
function skillLines({ skills, at }: MonitorReport, style: Style, room: TerminalSize): string[] {
  const whole = skills.length + 1 <= room.rows;
  const shown = whole ? skills : skills.slice(0, Math.max(0, room.rows - 2));
  const lines = fittingTable(columnsOf(at, style), shown, style, room.columns - 2).map((line) => `  ${line}`);
  return whole ? lines : [...lines, leftOut(skills.slice(shown.length), style)];
}

function leftOut(rows: readonly MonitorRow[], style: Style): string {
  const count = (status: SkillStatus) => rows.filter((row) => row.status === status).length;
  const kinds = statuses.filter((status) => count(status) > 0);
  const [only] = kinds;
  const states = kinds.length === 1 && only ? `, all ${wordOf(only)}` : `: ${countsOf(count, style)}`;
  return `  and ${rows.length} more${states}`;
}

function columnsOf(at: string, style: Style): Column<MonitorRow>[] {
  return [
    {
      title: 'SKILL',
      cell: ({ skill, status }) => (isTrouble(status) ? style[colors[status]](skill) : skill),
    },
    { title: 'PHASE', cell: (row) => phaseCell(row, style) },
    { title: 'HEALTH', cell: ({ health }) => healthCell(health, style) },
    { title: 'TIME', cell: ({ health }) => timeCell(health), drop: 2 },
    { title: 'VERSION', cell: (row) => versionCell(row), drop: 3 },
    { title: 'AGE', cell: ({ live }) => (live?.since === undefined ? '-' : ageOf(live.since, at)), drop: 1 },
    // Useless when it is cut off.
    { title: 'URL', cell: ({ live }) => live?.url ?? '-', drop: 4 },
  ];
}

function isTrouble(status: SkillStatus): boolean {
  return status === 'unhealthy' || status === 'failed';
}

function timeCell(health: MonitorRow['health']): string {
  return health?.milliseconds === undefined ? '-' : formatLatency(health.milliseconds);
}

function versionCell({ health, live }: MonitorRow): string {
  return health?.version ?? (live?.digest ? shortDigest(live.digest) : '-');
}

/** The phase of the live deployment, and of a newer one in progress: `active, building 2/6`. */
function phaseCell(
  { status, live, underWay, lastFailed, pinned, restarts, alerts, rollout }: MonitorRow,
  style: Style,
): string {
  const parts = [
    ...(live ? [style.green('active')] : []),
    ...(restarts ? [style.red(timesOf(restarts.count))] : []),
    ...(alerts ? [style.red(alertsOf(alerts.length))] : []),
    ...(rollout ? [style.yellow(briefRollout(rollout))] : []),
    ...(pinned ? [style.yellow('pinned')] : []),
    ...(underWay ? [style.yellow(`${phaseWord(underWay.phase)} ${underWay.done}/${underWay.total}`)] : []),
    ...(lastFailed ? [style.red(live ? 'last deploy failed' : 'failed')] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : style.dim(wordOf(status));
}

function phaseWord(phase: string): string {
  return phase.toLowerCase().replaceAll('_', ' ');
}

function healthCell(health: MonitorRow['health'], style: Style): string {
  if (!health) return '-';
  return health.healthy ? style.green('healthy') : style.red(truncate(health.trouble ?? 'unhealthy', 40));
}

/** @param room number of lines, including an empty one and the title */
function eventLines({ events, at }: MonitorReport, style: Style, room: number): string[] {
  if (events.length === 0 || room < 3) return [];
  const shown = events.slice(-Math.min(events.length, room - 2));
  const rows = shown.map((event) => [style.dim(ageOf(event.at, at)), event.skill, event.text]);
  return ['', `  ${style.bold('Last events')}`, ...table(rows).map((line) => `  ${line}`)];
}

function ageOf(then: string, at: string): string {
  return formatAge(Date.parse(at) - Date.parse(then));
}

/**
 * Restarts, the latest first: number, reason and last output.
 * @param room number of lines, including an empty one and the title
 * @param columns longer lines are wrapped at this width
 */
function restartLines(
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
function timesOf(count: number): string {
  return count === 1 ? '1 restart' : `${count} restarts`;
}

/**
 * Rollouts: step, weight, what each waits for, counts and verdict.
 * @param room number of lines, including an empty one and the title
 * @param columns longer lines are wrapped at this width
 */
function rolloutLines({ skills }: MonitorReport, style: Style, room: number, columns = Infinity): string[] {
  const lines = skills.flatMap(({ skill, rollout }) =>
    rollout ? wrap(`  ${skill}  ${said(rollout, style)}`, columns) : [],
  );
  if (lines.length === 0 || room < 3) return [];
  return ['', `  ${style.bold('Rollouts')}`, ...lines].slice(0, room);
}

function said({ state, trouble }: AppRollout, style: Style): string {
  return state ? describeRollout(state) : style.red(trouble ?? 'no answer');
}

/** Such as `rollout 2/4 at 10 %`. */
function briefRollout({ state }: AppRollout): string {
  if (!state) return 'rollout';
  const { step, steps, phase, weight } = state;
  if (phase === 'out') return 'rollout out';
  const at = step === undefined ? '' : ` ${step}/${steps}`;
  return `rollout${phase === 'held' ? ' held' : ''}${at} at ${weight} %`;
}
