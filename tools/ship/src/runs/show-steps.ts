import { openBlock } from '../terminal/open-block.js';
import type { ResultLook } from '../terminal/result-table.js';
import { wrapText } from '../terminal/wrap.js';
import { abortOnSignal, endInterrupted } from './interrupted.js';
import { failedRun, type RunEnd, type SkillOutcome } from './run-end.js';
import { TaskOutput } from './task-output.js';

/** The parameters of a run that prints its steps line by line. */
export interface StepsRun {
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  look: ResultLook;
  print: (line: string) => void;
  onWarning: (message: string) => void;
}

/** The result of a run. */
export interface TableEnd {
  /** By skill. */
  outcomes: ReadonlyMap<string, SkillOutcome>;
  table: string;
}

/**
 * Shows a run that prints its steps line by line and ends with a table. Does not return if the run is interrupted.
 * @param interrupted what Ctrl-C means for the steps already begun
 */
export async function showSteps(
  skills: readonly string[],
  interrupted: string,
  work: (run: StepsRun) => Promise<TableEnd>,
): Promise<RunEnd> {
  const output = new TaskOutput();
  const { block, style } = openBlock(process.env, output.write);
  const print = (line: string) => block.print([`  ${line}`]);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    print(`Interrupted. ${interrupted}`);
  });
  const onWarning = (message: string) => print(`${style.yellow('!')} ${message}`);
  const { columns } = block;
  try {
    const { outcomes, table } = await work({ signal, look: { style, columns }, print, onWarning });
    const close = () => output.write(table);
    if (signal.aborted) endInterrupted(close);
    return { outcomes: wrapped(outcomes, columns), close };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => {});
    return failedRun(skills, error, columns);
  } finally {
    block.close();
    done();
  }
}

/** The outcomes, with lines wrapped to fit a terminal. */
export function wrapped(outcomes: ReadonlyMap<string, SkillOutcome>, columns: number): RunEnd['outcomes'] {
  return new Map(
    [...outcomes].map(([skill, { success, output }]) => [
      skill,
      { success, output: wrapText(output, columns) },
    ]),
  );
}
