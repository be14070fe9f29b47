import { formatAge } from '../terminal/format.js';
import type { Style } from '../terminal/style.js';
import { wrap } from '../terminal/wrap.js';
import type { AppAlert, MonitorReport } from './report.js';

/**
 * The alerts that are raised, the latest first.
 * @param room number of lines, including an empty one and the title
 * @param columns longer lines are wrapped at this width
 */
export function alertLines(
  { skills, at }: MonitorReport,
  style: Style,
  room: number,
  columns = Infinity,
): string[] {
  const raised = skills
    .flatMap(({ skill, alerts = [] }) => alerts.map((alert) => ({ skill, alert })))
    .sort((a, b) => b.alert.at.localeCompare(a.alert.at));
  if (raised.length === 0 || room < 3) return [];
  const lines = raised.flatMap(({ skill, alert }) => {
    const age = formatAge(Date.parse(at) - Date.parse(alert.at));
    return wrap(`  ${skill}  ${style.red('alert')}, raised ${age} ago: ${describeAlert(alert)}`, columns);
  });
  return ['', `  ${style.bold('Alerts')}`, ...lines].slice(0, room);
}

/** Such as `CPU_UTILIZATION of web: 93 % for 5 minutes`. */
export function describeAlert({ rule, component, reason }: AppAlert): string {
  return `${component === undefined ? rule : `${rule} of ${component}`}: ${reason}`;
}

/** Such as `2 alerts`. */
export function alertsOf(count: number): string {
  return count === 1 ? '1 alert' : `${count} alerts`;
}
