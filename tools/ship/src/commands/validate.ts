import { describeFileIssue } from '@odoobo/app-platform/spec';
import type { FileIssue } from '../manifest/load-manifest.js';
import type { SkillOutcome } from '../runs/run-end.js';

/** The outcome of a check: every error, with file and path; where there is none, every warning. */
export async function validityOf(
  skill: string,
  issues: readonly FileIssue[],
  findWarnings: () => Promise<readonly FileIssue[]>,
): Promise<SkillOutcome> {
  if (issues.length > 0)
    return { success: false, output: issues.map((issue) => `${describeFileIssue(issue)}\n`).join('') };
  const warnings = (await findWarnings()).map((issue) => `warning: ${describeFileIssue(issue)}\n`);
  return { success: true, output: `${warnings.join('')}${skill} is valid\n` };
}
