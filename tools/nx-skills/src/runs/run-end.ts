import { describeError } from '../terminal/describe-error.js';
import { wrapText } from '../terminal/wrap.js';

/** What became of one skill. */
export interface SkillOutcome {
  success: boolean;
  /** What the terminal shows for it. */
  output: string;
}

/** How a run ended that shows its own progress. */
export interface RunEnd {
  /** By skill. */
  outcomes: ReadonlyMap<string, SkillOutcome>;
  /** Shows the closing table; to be called when Nx has printed its own line for each skill. */
  close: () => void;
}

/**
 * A run that could not start, or broke off as a whole: each of its skills failed by it.
 *
 * @param columns how wide a line may be
 */
export function failedRun(skills: readonly string[], error: unknown, columns = Infinity): RunEnd {
  const outcome = { success: false, output: wrapText(`${describeError(error)}\n`, columns) };
  return { outcomes: new Map(skills.map((skill) => [skill, outcome])), close: () => {} };
}
