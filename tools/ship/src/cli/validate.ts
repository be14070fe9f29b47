import { validityOf } from '../commands/validate.js';
import { findIssues } from '../manifest/find-issues.js';
import { fitted } from '../terminal/open-block.js';
import { chooseSkills } from '../workspace/choose-skills.js';
import type { CommandCall } from './program.js';

/** Checks skills; prints every error, with file and path. */
export async function validateCommand({ names, workspace }: CommandCall): Promise<number> {
  const { root, places } = workspace;
  let code = 0;
  for (const { skill, skillRoot } of chooseSkills(workspace, names)) {
    const { success, output } = validityOf(skill, await findIssues(root, skillRoot, places));
    (success ? process.stdout : process.stderr).write(fitted(output, process.env));
    if (!success) code = 1;
  }
  return code;
}
