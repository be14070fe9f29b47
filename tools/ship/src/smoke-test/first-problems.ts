import type { SkillReport } from './report.js';

/** More problems would fill the screen, and are mostly alike. */
const shown = 3;

/**
 * The first few problems of a skill, one line each, and the file with the others.
 * @param files of the report, without their endings
 */
export function firstProblems({ stages }: SkillReport, files: string): string[] {
  const all = stages.flatMap(({ name, problems }) =>
    problems.flatMap((problem) => problem.split('\n').map((line) => `${name}: ${line.trim()}`)),
  );
  const more = all.length - shown;
  return more > 0 ? [...all.slice(0, shown), `and ${more} more: ${files}.json`] : all;
}
