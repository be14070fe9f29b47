import type { Tree } from '@nx/devkit';
import { manifestValues } from './manifest-values.js';

/** A time of a schedule in a manifest. */
interface Time {
  cron: string;
  zone: string;
}

/**
 * When the schedules of a workspace change a size, as a cron line in UTC: their minutes, in every hour. Undefined if no manifest has a
 * schedule. `validate` reports those that are wrong.
 */
export function timesOfScale(tree: Tree): string | undefined {
  const times = manifestValues(tree, 'scale')
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .flatMap(timeOf);
  const minutes = new Set(times.flatMap(utcMinutes));
  if (minutes.size === 0) return undefined;
  return `${[...minutes].sort((a, b) => a - b).join(',')} * * * *`;
}

function timeOf(entry: unknown): Time[] {
  const { cron, zone = 'UTC' } = (entry ?? {}) as { cron?: unknown; zone?: unknown };
  return typeof cron === 'string' && typeof zone === 'string' ? [{ cron, zone }] : [];
}

const [january, july] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)];

/** Some zones differ from UTC by half an hour, or a quarter of one, in summer maybe by another part. */
function utcMinutes({ cron, zone }: Time): number[] {
  const offsets = [january, july].map((at) => offsetMinutes(zone, at));
  return minutesIn(cron).flatMap((minute) => offsets.map((offset) => (((minute - offset) % 60) + 60) % 60));
}

/** `GMT+05:30` -> 330; 0 for a zone that there is not. */
function offsetMinutes(timeZone: string, at: number): number {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return 0;
  }
}

/** The minutes of a cron line: `0`, `0,30`, `10-20`, a step such as every fifteenth. */
function minutesIn(cron: string): number[] {
  const [field = ''] = cron.trim().split(/\s+/);
  return field.split(',').flatMap((part) => {
    const [, first, last, step = '1'] = /^(\*|\d{1,2})(?:-(\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    if (first === undefined) return [];
    const from = first === '*' ? 0 : Number(first);
    const isRange = first === '*' || part.includes('/');
    const to = last === undefined ? (isRange ? 59 : from) : Number(last);
    const every = Math.max(1, Number(step));
    return Array.from({ length: 60 }, (_, minute) => minute).filter(
      (minute) => minute >= from && minute <= to && (minute - from) % every === 0,
    );
  });
}
