/*
 * Every time that the page shows was taken by the platform's clock, so how long ago it was is counted by that clock too: the
 * browser's may be another machine's, or wrong.
 */

/** What the header leaves out: it has whole seconds only. */
const stepMs = 1000;

/** How far the platform's clock is ahead of the browser's, in milliseconds. */
let aheadMs = 0;

/** @param date the `Date` header of an answer that has just come */
export function noticePlatformTime(date: string | null): void {
  const least = Date.parse(date ?? '') - Date.now();
  if (Number.isNaN(least)) return;
  // Each answer narrows it down; one that contradicts the others says that a clock was set.
  aheadMs = Math.min(Math.max(aheadMs, least), least + stepMs);
}

/** Now, by the platform's clock, in milliseconds since 1970. */
export function platformNow(): number {
  return Date.now() + aheadMs;
}
