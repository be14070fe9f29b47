import type { PreTasksExecution } from '@nx/devkit';

/** A word of the command line that names a target which draws its own progress: `deploy`, `x:deploy`, `-t=lint,deploy`. */
const drawsItself = /(^|[=:,])deploy([:,]|$)/;

/** The user has chosen how to see the run. */
const choosesOutput = /^--(no-)?tui\b|^--output-?style\b/i;

/**
 * Gives a deploy run the terminal: it shows progress and a closing table itself. Nx's terminal interface would
 * hide the table when it ends, its animated list would draw over it, and grouped logs of GitHub would hold all
 * of it back until the end.
 *
 * What is set here reaches the Nx process before it decides how to draw.
 */
export const preTasksExecution: PreTasksExecution = async (_options, { argv }) => {
  const words = argv.slice(2);
  if (!words.some((word) => drawsItself.test(word)) || words.some((word) => choosesOutput.test(word))) return;
  // Key by key: Nx watches single assignments.
  process.env['NX_TUI'] = 'false';
  process.env['NX_TASKS_RUNNER_DYNAMIC_OUTPUT'] = 'false';
  process.env['NX_SKIP_LOG_GROUPING'] = 'true';
};
