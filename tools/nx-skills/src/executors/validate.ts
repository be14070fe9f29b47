import type { ExecutorContext } from '@nx/devkit';
import { describeFileIssue } from '@odoobo/app-platform/spec';
import { findIssues } from '../manifest/find-issues.js';
import { saidInWords, writeTerminalOutput } from './batch.js';
import { skillRootOf } from './context.js';

/** Checks the manifest, the App Spec and the structure of a skill; prints every error, with file and path. */
export default function validateExecutor(
  _options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return saidInWords(() => validate(context));
}

async function validate(context: ExecutorContext): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  const skills = Object.keys(context.projectsConfigurations.projects);
  const issues = await findIssues(context.root, skillRootOf(context, skill), skills);
  if (issues.length === 0) return writeTerminalOutput({ success: true, output: `${skill} is valid\n` });
  const lines = issues.map((issue) => `${describeFileIssue(issue)}\n`);
  return writeTerminalOutput({ success: false, output: lines.join('') });
}
