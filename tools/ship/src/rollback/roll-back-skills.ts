import { rollBackFleet } from '@odoobo/app-platform';
import { changeApps, type ChangeRun } from '../runs/change-apps.js';
import { keepRestored } from '../runs/keep-restored.js';
import type { RunResults } from '../runs/show-deploys.js';
import type { RollbackOptions } from './options.js';

/**
 * Rolls back the skills of a run.
 * @throws when the run as a whole cannot start: no platform, no token
 */
export function rollBackSkills(run: ChangeRun<RollbackOptions>): Promise<RunResults> {
  const { to, pin, deleteIfFirst, failed: onlyFailed, commit, revert, environment } = run.options;
  const end = commit ? ('commit' as const) : revert ? ('revert' as const) : undefined;
  return changeApps(run, {
    kind: 'rollback',
    ask: () => ({ to, pin, deleteIfFirst, onlyFailed, end }),
    fleet: rollBackFleet,
    afterwards: (results) => keepRestored({ ...run, environment, results }),
  });
}
