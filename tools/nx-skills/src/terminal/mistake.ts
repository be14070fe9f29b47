import { columnsFor } from './open-block.js';
import { wrapText } from './wrap.js';

/** What Nx writes before a title. */
const titleMark = ' NX   ';

/**
 * An error about a mistyped command line. Nx shows the first line as a title; with a stack it would add how to see
 * that.
 */
export function mistake(message: string): Error {
  // Nx's own terminal interface, which it sets for a run of tasks, is not there yet.
  const columns = columnsFor({ ...process.env, NX_TUI: 'false' });
  const error = new Error(wrapText(message, columns - titleMark.length));
  delete error.stack;
  return error;
}
