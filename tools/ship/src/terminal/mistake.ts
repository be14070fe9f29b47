import { columnsFor } from './open-block.js';
import { wrapText } from './wrap.js';

/** The text that Nx writes before a title. */
const titleMark = ' NX   ';

/**
 * An error about a mistyped command line. Nx shows the first line as a title; if it had a stack, Nx would add how to
 * see it.
 */
export function mistake(message: string): Error {
  // Nx's own terminal interface, which it sets for a run of tasks, is not active yet.
  const columns = columnsFor({ ...process.env, NX_TUI: 'false' });
  const error = new Error(wrapText(message, columns - titleMark.length));
  delete error.stack;
  return error;
}
