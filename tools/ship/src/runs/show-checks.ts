import { openBlock } from '../terminal/open-block.js';
import type { ResultLook } from '../terminal/result-table.js';
import { endInterrupted } from './interrupted.js';
import { failedRun, type RunEnd } from './run-end.js';
import { type TableEnd, wrapped } from './show-steps.js';
import { TaskOutput } from './task-output.js';
import { UnderWay } from './under-way.js';

/** The parameters of a run that only reads. */
export interface ChecksRun {
  look: ResultLook;
  /** Prints a permanent line. */
  print: (line: string) => void;
  onWarning: (message: string) => void;
  /** The skills in progress. */
  underWay: UnderWay;
}

/** How often the terminal shows progress, in milliseconds. */
const tickMs = 500;

/** Shows a run that only reads, and ends with a table. Ctrl-C ends it at once, because it leaves nothing incomplete. */
export async function showChecks(
  skills: readonly string[],
  work: (asked: ChecksRun) => Promise<TableEnd>,
): Promise<RunEnd> {
  const output = new TaskOutput();
  const { block, style } = openBlock(process.env, output.write);
  const { columns } = block;
  const underWay = new UnderWay(skills, style);
  const print = (line: string) => block.print(line.split('\n').map((part) => `  ${part}`.trimEnd()));
  const ticking = setInterval(() => block.draw(underWay.drawing), tickMs);
  const stop = () => endInterrupted(() => block.close());
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    const onWarning = (message: string) => print(`${style.yellow('!')} ${message}`);
    const { outcomes, table } = await work({ look: { style, columns }, print, onWarning, underWay });
    return { outcomes: wrapped(outcomes, columns), close: () => output.write(table) };
  } catch (error) {
    return failedRun(skills, error, columns);
  } finally {
    clearInterval(ticking);
    block.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
