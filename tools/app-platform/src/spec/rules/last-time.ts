import { Cron } from 'croner';

const hourMs = 3_600_000;

/** Clocks change by two hours at most, on any day of the last decades. */
const longestChangeMs = 2 * hourMs;

/**
 * The last time that a schedule named, as the clocks of its zone had it. A time that the change to summer time skips is as much later; one
 * that the change back repeats is the first of both.
 *
 * @param cron five fields
 * @param zone of the IANA database
 * @param now milliseconds since 1970; a time in the same second counts
 * @returns milliseconds since 1970; undefined if it never named one
 */
export function lastTime(cron: string, zone: string, now: number): number | undefined {
  // On clocks that never change, so that it knows no time that is skipped or repeated.
  const schedule = new Cron(cron, { mode: '5-part', timezone: 'UTC', paused: true });
  const offsetOf = offsets(zone);
  const changes = offsetOf(now - longestChangeMs) !== offsetOf(now + longestChangeMs);
  const local = now + offsetOf(now);
  let from = local + (changes ? longestChangeMs : 0) + 1_000;
  let last: number | undefined;
  for (;;) {
    const [run] = schedule.previousRuns(1, new Date(from));
    if (!run) return last;
    const time = instantOf(run.getTime(), offsetOf);
    if (time <= now && (last === undefined || time > last)) last = time;
    // Before a change an earlier time of the clock may be a later one.
    if (last !== undefined && (!changes || run.getTime() < local - longestChangeMs)) return last;
    from = run.getTime();
  }
}

type OffsetOf = (instant: number) => number;

/** Milliseconds that the clocks of a zone are ahead of UTC. */
function offsets(zone: string): OffsetOf {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000;
    const part = Object.fromEntries(
      format.formatToParts(second).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
}

/** The first moment at which clocks show a time; where they skip it, what it would be without the change. */
function instantOf(shown: number, offsetOf: OffsetOf): number {
  const before = offsetOf(shown - 24 * hourMs);
  const after = offsetOf(shown + 24 * hourMs);
  const moments = [before, after].map((offset) => shown - offset).filter((at) => at + offsetOf(at) === shown);
  return moments.length === 0 ? shown - before : Math.min(...moments);
}
