import { checkTogether, rollbackOptions } from '../rollback/options.js';
import { rollBackSkills } from '../rollback/roll-back-skills.js';
import { changeRun } from './change.js';

/** Rolls skills back and shows progress and results. */
export const runRollback = changeRun({
  kind: 'rollback',
  options: rollbackOptions,
  check: checkTogether,
  doing: 'Rolling back',
  nothing: 'Nothing to roll back',
  change: rollBackSkills,
});
