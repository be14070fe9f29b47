import type { SkillReport } from './report.js';

/** More would fill the screen, and are mostly of one kind. */
const shown = 3;

/**
 * What is wrong with a skill, a line each: the first few problems, and where the others are.
 *
 * @param files of the report, without what the names of its files end with
 */
export function firstProblems({ stages }: SkillReport, files: string): string[] {
  const all = stages.flatMap(({ name, problems }) =>
    problems.flatMap((problem) => problem.split('\n').map((line) => `${name}: ${line.trim()}`)),
  );
  const more = all.length - shown;
  return more > 0 ? [...all.slice(0, shown), `and ${more} more: ${files}.json`] : all;
}
