import { describeFileIssue } from '@odoobo/app-platform/spec';
import type { FileIssue } from '../manifest/load-manifest.js';
import type { SkillOutcome } from '../runs/run-end.js';

/** The outcome of a check: every error, with file and path. */
export function validityOf(skill: string, issues: readonly FileIssue[]): SkillOutcome {
  if (issues.length === 0) return { success: true, output: `${skill} is valid\n` };
  return { success: false, output: issues.map((issue) => `${describeFileIssue(issue)}\n`).join('') };
}
