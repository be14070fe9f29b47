/** Tests that run only at night, because others show nearly the same for each change: CONTRIBUTING.md, "What runs when". */
export function atNight(defineTests: () => void): void {
  if (process.env['NIGHTLY']) defineTests();
}

/** All at night; only the first for each change, which shows nearly the same. */
export function firstByDay<Case>(cases: readonly Case[]): readonly Case[] {
  return process.env['NIGHTLY'] ? cases : cases.slice(0, 1);
}
