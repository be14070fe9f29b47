import { validityOf } from '../commands/validate.js';
import { findIssues, findWarnings } from '../manifest/find-issues.js';
import { fitted } from '../terminal/open-block.js';
import { chooseSkills } from '../workspace/choose-skills.js';
import type { CommandCall } from './program.js';

/** Checks skills; prints every error and warning, with file and path. */
export async function validateCommand({ names, workspace }: CommandCall): Promise<number> {
  const { root, places } = workspace;
  let code = 0;
  for (const { skill, skillRoot } of chooseSkills(workspace, names)) {
    const issues = await findIssues(root, skillRoot, places);
    const { success, output } = await validityOf(skill, issues, () => findWarnings(root, skillRoot));
    (success ? process.stdout : process.stderr).write(fitted(output, process.env));
    if (!success) code = 1;
  }
  return code;
}
