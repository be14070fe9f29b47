import type { ExecutorContext } from '@nx/devkit';
import { withNotifications } from '../../notifications/with-notifications.js';
import { countSkills } from '../../terminal/format.js';
import type { RunEnd } from '../batch.js';
import { parseOptions } from '../options.js';
import { showRun } from '../shown-run.js';
import { placeOf } from '../skill-root.js';
import { checkTogether, rollbackOptions } from './options.js';
import { rollBackSkills } from './roll-back-skills.js';

/** Rolls skills back and shows it. */
export async function runRollback(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showRun({
    skills,
    expected: skills.length,
    heading: (skills, label) => `Rolling back ${skills} on ${label}`,
    idle: (skills) => `Nothing to roll back: ${countSkills(skills)} left as before. Nothing was written.`,
    work: async (hooks) => {
      const options = parseOptions(rollbackOptions, rawOptions, `${skills[0] ?? ''}:rollback`);
      checkTogether(options);
      const { environment } = options;
      const expected = skills.length;
      const run = { kind: 'rollback', environment, skills, expected, context, env: process.env } as const;
      return withNotifications(run, hooks, (told) =>
        rollBackSkills({
          ...told,
          workspaceRoot: context.root,
          places: skills.map((skill) => placeOf(context, skill)),
          options,
          environment: process.env,
        }),
      );
    },
  });
}
