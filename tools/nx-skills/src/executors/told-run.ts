import { terminalKind, type Style } from '../terminal/style.js';
import { TaskOutput } from '../terminal/task-output.js';
import { failedRun, type RunEnd, type SkillOutcome } from './batch.js';
import { abortOnSignal, endInterrupted } from './interrupted.js';

/** What a run that tells its steps line by line is given. */
export interface ToldRun {
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  style: Style;
  print: (line: string) => void;
  onWarning: (message: string) => void;
}

/** What it came to. */
export interface ToldEnd {
  /** By skill. */
  outcomes: ReadonlyMap<string, SkillOutcome>;
  table: string;
}

/**
 * Shows a run that tells its steps line by line and closes with a table. Does not return from an interrupted one.
 *
 * @param interrupted what Ctrl-C means for what was begun
 */
export async function tellRun(
  skills: readonly string[],
  interrupted: string,
  work: (told: ToldRun) => Promise<ToldEnd>,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  const output = new TaskOutput();
  const print = (line: string) => output.write(`  ${line}\n`);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    print(`Interrupted. ${interrupted}`);
  });
  const onWarning = (message: string) => print(`${style.yellow('!')} ${message}`);
  try {
    const { outcomes, table } = await work({ signal, style, print, onWarning });
    const close = () => output.write(table);
    if (signal.aborted) endInterrupted(close);
    return { outcomes, close };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => {});
    return failedRun(skills, error);
  } finally {
    done();
  }
}
