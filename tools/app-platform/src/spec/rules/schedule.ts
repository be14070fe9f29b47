import { Cron } from 'croner';
import { fieldsOf, type LooseComponent, type Report, textOf } from './loose.js';

/** Only jobs of kind SCHEDULED have a schedule: five fields of cron, in a time zone of the IANA database. */
export function checkSchedule({ path, fields }: LooseComponent, report: Report): void {
  if (fields.kind === 'SCHEDULED' && fields.schedule === undefined) {
    report([...path, 'schedule'], 'required for kind SCHEDULED');
  }
  if (fields.kind !== 'SCHEDULED' && fields.schedule !== undefined) {
    report([...path, 'schedule'], 'only for kind SCHEDULED');
  }
  const { cron, time_zone: zone } = fieldsOf(fields.schedule);
  const wrong = textOf(cron) === undefined ? undefined : cronProblem(textOf(cron) ?? '');
  if (wrong !== undefined) report([...path, 'schedule', 'cron'], wrong);
  if (textOf(zone) !== undefined && !isTimeZone(textOf(zone) ?? ''))
    report(
      [...path, 'schedule', 'time_zone'],
      `expected a time zone such as Europe/Berlin, got ${JSON.stringify(zone)}`,
    );
}

const form = 'expected minute, hour, day of month, month and day of week, such as "0 3 * * *"';

/** What is wrong with five fields of cron; undefined if nothing is. */
export function cronProblem(pattern: string): string | undefined {
  const shown = JSON.stringify(pattern);
  const isNickname = pattern.startsWith('@');
  if (!isNickname && pattern.trim().split(/\s+/).length !== 5) return `${form}, got ${shown}`;
  try {
    const comes = new Cron(pattern, { mode: '5-part', paused: true }).nextRun() !== null;
    return comes ? undefined : `${shown} names no day that ever comes`;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `${form}, got ${shown}${isNickname ? '' : `: ${reason}`}`;
  }
}

/** When a schedule comes next after a moment; undefined if never. A time that a change of the clocks skips comes at that moment. */
export function nextTime(cron: string, zone: string, after: Date): Date | undefined {
  return new Cron(cron, { mode: '5-part', timezone: zone, paused: true }).nextRun(after) ?? undefined;
}

/** Whether it names a time zone. Node has the IANA database. Offsets, which newer versions know as well, are no names in it. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
