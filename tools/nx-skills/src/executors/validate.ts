import type { ExecutorContext } from '@nx/devkit';
import { validityOf } from '@odoobo/ship/commands/validate';
import { findIssues, findWarnings } from '@odoobo/ship/manifest/find-issues';
import type { FileIssue } from '@odoobo/ship/manifest/load-manifest';
import { optionOf, skillTargetNames, targetNamesOf } from '@odoobo/ship/manifest/target-names';
import { pluginOptionsIn } from '../inference/plugin-options.js';
import { saidInWords, writeTerminalOutput } from './batch.js';
import { placeOf, skillsIn, targetOf } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

/** Checks the manifest, the App Spec and the structure of a skill; prints every error and warning, with file and path. */
export default function validateExecutor(
  _options: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return saidInWords(() => validate(context));
}

async function validate(context: ExecutorContext): Promise<{ success: boolean }> {
  const { projectName: project = '', targetName: target = '' } = context;
  refuseReplaced(context, [{ project, target }]);
  const { skill, skillRoot } = placeOf(context, project);
  const skills = skillsIn(context.projectsConfigurations.projects, context.root);
  const issues = await findIssues(context.root, skillRoot, skills);
  issues.push(...replacedTargets(context, skillRoot));
  return writeTerminalOutput(await validityOf(skill, issues, () => findWarnings(context.root, skillRoot)));
}

/** Targets that the project declares itself, in place of ours: Nx takes those without a word. */
function replacedTargets(context: ExecutorContext, skillRoot: string): FileIssue[] {
  const { targets = {} } = context.projectsConfigurations.projects[context.projectName ?? ''] ?? {};
  const names = targetNamesOf(pluginOptionsIn(context.nxJsonConfiguration));
  const wanted = skillTargetNames.filter((target) => target !== 'serve');
  return wanted
    .filter((target) => targetOf(targets, target) === undefined)
    .map((target) => ({
      file: skillRoot,
      path: `targets/${names[target]}`,
      message:
        `is not ours but ${targets[names[target]]?.executor ?? 'missing'}, so it cannot be shipped. Rename the target of the project, or ours ` +
        `in the options of the plugin in nx.json: "${optionOf(target)}"`,
    }));
}
