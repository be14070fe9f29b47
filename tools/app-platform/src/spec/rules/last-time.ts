import { Cron } from 'croner';

/**
 * The last time that a schedule named, as the clocks of its zone had it. A time that the change to summer time skips is that hour later; one
 * that the change back repeats is the first of both (croner, as Vixie cron).
 *
 * @param cron five fields
 * @param zone of the IANA database
 * @param now milliseconds since 1970; a time in the same second counts
 * @returns milliseconds since 1970; undefined if it never named one
 */
export function lastTime(cron: string, zone: string, now: number): number | undefined {
  const [last] = new Cron(cron, { mode: '5-part', timezone: zone, paused: true }).previousRuns(
    1,
    new Date(now + 1_000),
  );
  return last?.getTime();
}
