import { UsageError } from '@odoobo/local-platform/command-line';

const dayMs = 24 * 3_600_000;
const longestDays = 3_650;

/**
 * The time that `--since` names: a number of days, a date (UTC), or a time with its zone.
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 * @throws UsageError for anything else, and for a time that is not past
 */
export function parseSince(text: string, now: number): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const time = days === undefined ? timeOf(text) : now - Number(days) * dayMs;
  if (time === undefined)
    throw new UsageError(
      `Expected --since with days, a date or a time and its zone: 30d, 2026-11-01 or 2026-11-01T08:00Z; got "${text}".`,
    );
  if (time >= now) throw new UsageError(`--since=${text} is not in the past.`);
  if (time < now - longestDays * dayMs)
    throw new UsageError(`--since=${text} is more than ${longestDays} days ago.`);
  return time;
}

function timeOf(text: string): number | undefined {
  const [, year = '', month = '', day = ''] =
    /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  const time = Date.parse(text);
  // `Date` reads the 31st of a shorter month as a day of the next.
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(time) || year === '' || Number(day) > lastDay ? undefined : time;
}
