import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { isSuccess } from '../records/run-status.js';
import { countSkills } from '../terminal/format.js';
import { openBlock } from '../terminal/open-block.js';
import { DeployView } from './deploy-view.js';
import { describeResult } from './describe-result.js';
import { abortOnSignal, endInterrupted } from './interrupted.js';
import { failedRun, type RunEnd, type SkillOutcome } from './run-end.js';
import { TaskOutput } from './task-output.js';

/** The signal of a run, and its callbacks. */
export interface RunHooks {
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Called with the platform, before anything is sent. */
  onStart: (label: string) => void;
  onEvent: (event: DeployEvent) => void;
  onWarning: (message: string) => void;
}

export interface RunResults {
  /** One per skill. */
  results: readonly DeployResult[];
  /** Results of earlier batches of the same run of Nx. */
  earlier: readonly DeployResult[];
}

export interface DeploysRun {
  skills: readonly string[];
  /** How many skills the whole run of Nx has: these, and those of other batches. */
  expected: number;
  /** `Deploying 3 skills to the local platform` */
  heading: (skills: string, label: string) => string;
  /** The summary of a run that changed nothing. */
  idle?: (skills: number) => string;
  work: (hooks: RunHooks) => Promise<RunResults>;
}

/** How often the terminal updates the elapsed times, in milliseconds. */
const tickMs = 1_000;

/**
 * Shows a run that changes what is live. Does not return if the run is interrupted: it prints the state, and the
 * process ends.
 */
export async function showDeploys({ skills, expected, heading, idle, work }: DeploysRun): Promise<RunEnd> {
  const output = new TaskOutput();
  const { block, style } = openBlock(process.env, output.write);
  const view = new DeployView(skills, block, style, { ...(idle && { idle }) });
  const ticking = setInterval(() => view.tick(), tickMs);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    block.print(['', '  Interrupted.']);
  });
  try {
    const { results, earlier } = await work({
      signal,
      onStart: (label) => block.print(['', `  ${heading(countSkills(skills.length), label)}`, '']),
      onEvent: (event) => view.event(event),
      onWarning: (message) => block.print([`  ${style.yellow('!')} ${message}`]),
    });
    const { columns } = block;
    const close = () => output.write(view.closing(earlier, expected));
    if (signal.aborted) {
      block.close();
      endInterrupted(close);
    }
    return {
      outcomes: new Map(results.map((result) => [result.skill, toOutcome(result, columns)])),
      close,
    };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => block.close());
    return failedRun(skills, error, block.columns);
  } finally {
    clearInterval(ticking);
    // Before Nx gets the results, because it prints them at once.
    block.close();
    done();
  }
}

function toOutcome(result: DeployResult, columns: number): SkillOutcome {
  return { success: isSuccess(result), output: describeResult(result, columns) };
}
