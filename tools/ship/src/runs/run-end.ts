import { describeError } from '../terminal/describe-error.js';
import { wrapText } from '../terminal/wrap.js';

/** The outcome of one skill. */
export interface SkillOutcome {
  success: boolean;
  /** The terminal output for it. */
  output: string;
}

/** The result of a run. */
export interface RunEnd {
  /** By skill. */
  outcomes: ReadonlyMap<string, SkillOutcome>;
  /** Prints the closing table; call it after Nx has printed its own line for each skill. */
  close: () => void;
}

/**
 * The end of a run that could not start, or was aborted: all its skills failed.
 * @param columns maximum width of a line
 */
export function failedRun(skills: readonly string[], error: unknown, columns = Infinity): RunEnd {
  const outcome = { success: false, output: wrapText(`${describeError(error)}\n`, columns) };
  return { outcomes: new Map(skills.map((skill) => [skill, outcome])), close: () => {} };
}
