import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import { describeError } from '../terminal/describe-error.js';
import { fitted } from '../terminal/open-block.js';
import { wrapText } from '../terminal/wrap.js';

/** What became of one skill. */
export interface SkillOutcome {
  success: boolean;
  /** What the terminal shows for it. */
  output: string;
}

interface BatchResult {
  task: string;
  result: { success: boolean; terminalOutput: string; startTime: number; endTime: number };
}

export type BatchResults = AsyncGenerator<BatchResult>;

/**
 * Runs the tasks of a batch side by side and yields each result as soon as it is known:
 * Nx runs a task without a result once more.
 */
export async function* runBatch(
  taskGraph: TaskGraph,
  run: (task: Task) => Promise<SkillOutcome>,
): BatchResults {
  const running = new Map<string, Promise<BatchResult>>();
  for (const task of Object.values(taskGraph.tasks)) running.set(task.id, timed(task, run));
  while (running.size > 0) {
    const done = await Promise.race(running.values());
    running.delete(done.task);
    yield done;
  }
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

/**
 * How many skills the whole run of Nx takes by the executor of a batch: those of the batch, and of others before and after
 * it.
 */
export function countExpected(taskGraph: TaskGraph, context: ExecutorContext): number {
  const executorOf = ({ target: { project, target } }: Task) =>
    context.projectsConfigurations.projects[project]?.targets?.[target]?.executor;
  const own = Object.values(taskGraph.tasks).map(executorOf)[0];
  return Object.values(context.taskGraph?.tasks ?? {}).filter((task) => executorOf(task) === own).length;
}

/**
 * Hands Nx the results of a batch all together: it prints a line for each as it comes, into the middle of what a run
 * draws.
 */
export async function* runTogether(taskGraph: TaskGraph, run: () => Promise<RunEnd>): BatchResults {
  const startTime = Date.now();
  const { outcomes, close } = await run();
  for (const { id, target } of Object.values(taskGraph.tasks)) {
    const { success, output } = outcomes.get(target.project) ?? noResult;
    yield { task: id, result: { success, terminalOutput: output, startTime, endTime: Date.now() } };
  }
  close();
}

/** Does something with skills: all of a run, or one. */
type RunSkills = (skills: readonly string[], options: unknown, context: ExecutorContext) => Promise<RunEnd>;

/** A batch executor that does something with all skills of a run in one process; Nx gives each the same options. */
export function batchOf(run: RunSkills) {
  return (
    taskGraph: TaskGraph,
    inputs: Record<string, unknown>,
    _overrides: unknown,
    context: ExecutorContext,
  ): BatchResults => {
    const tasks = Object.values(taskGraph.tasks);
    const skills = tasks.map(({ target }) => target.project);
    return runTogether(taskGraph, () => run(skills, inputs[tasks[0]?.id ?? ''], context));
  };
}

/** An executor that does the same with one skill, in a process of its own: a run of one. */
export function executorOf(run: RunSkills) {
  return async (options: unknown, context: ExecutorContext): Promise<{ success: boolean }> => {
    const skill = context.projectName ?? '';
    return endAlone(skill, await run([skill], options, context));
  };
}

/** Ends a task that has a process of its own. */
export function endAlone(skill: string, { outcomes, close }: RunEnd): { success: boolean } {
  const outcome = outcomes.get(skill) ?? noResult;
  if (!outcome.success) writeTerminalOutput(outcome);
  close();
  return { success: outcome.success };
}

const noResult: SkillOutcome = { success: false, output: 'no result\n' };

async function timed(task: Task, run: (task: Task) => Promise<SkillOutcome>): Promise<BatchResult> {
  const startTime = Date.now();
  const { success, output } = await run(task);
  const terminalOutput = fitted(output, process.env);
  return { task: task.id, result: { success, terminalOutput, startTime, endTime: Date.now() } };
}

/** Shows the outcome of a task that has a process of its own. */
export function writeTerminalOutput({ success, output }: SkillOutcome): { success: boolean } {
  (success ? process.stdout : process.stderr).write(fitted(output, process.env));
  return { success };
}

/** Shows what an executor throws that runs for one skill alone: Nx itself would print the stack. */
export async function saidInWords(run: () => Promise<{ success: boolean }>): Promise<{ success: boolean }> {
  try {
    return await run();
  } catch (error) {
    return writeTerminalOutput({ success: false, output: `${describeError(error)}\n` });
  }
}
