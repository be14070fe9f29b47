/** App Platform takes 5,000 calls an hour of a token. Half of them are left to deploys and people. */
const callsAnHour = 2_500;
const hourMs = 3_600_000;

/** The shortest time between two reads: App Platform measures once a minute. */
const shortestMs = 60_000;

/** How long to wait after a read that took so many calls, in milliseconds. */
export function pauseAfter(calls: number): number {
  return Math.max(shortestMs, Math.ceil((calls / callsAnHour) * hourMs));
}
