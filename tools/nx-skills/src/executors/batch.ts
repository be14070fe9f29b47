import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import { createRequire } from 'node:module';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { describeError } from '../terminal/describe-error.js';
import { fitted } from '../terminal/open-block.js';

interface BatchResult {
  task: string;
  result: { success: boolean; terminalOutput: string; startTime: number; endTime: number };
}

export type BatchResults = AsyncGenerator<BatchResult>;

/**
 * Runs the tasks of a batch in parallel and yields each result as soon as it is known: Nx runs a task without a result
 * again.
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

/** How many skills the whole run of Nx passes to the executor: in this batch, and in earlier and later ones. */
function countExpected(taskGraph: TaskGraph, context: ExecutorContext): number {
  const executorOf = ({ target: { project, target } }: Task) =>
    context.projectsConfigurations.projects[project]?.targets?.[target]?.executor;
  const own = Object.values(taskGraph.tasks).map(executorOf)[0];
  return Object.values(context.taskGraph?.tasks ?? {}).filter((task) => executorOf(task) === own).length;
}

/** Before Nx 23, Nx may end together with the last result of a batch, and then what the batch prints afterwards is lost. */
const { version } = createRequire(import.meta.url)('nx/package.json') as { version: string };
const endsWithResults = Number.parseInt(version, 10) < 23;

/** Yields the results of a batch together at the end: Nx prints a line for each, which would break what the run draws. */
async function* runTogether(taskGraph: TaskGraph, run: () => Promise<RunEnd>): BatchResults {
  const startTime = Date.now();
  const { outcomes, close } = await run();
  if (endsWithResults) close();
  for (const { id, target } of Object.values(taskGraph.tasks)) {
    const { success, output } = outcomes.get(target.project) ?? noResult;
    yield { task: id, result: { success, terminalOutput: output, startTime, endTime: Date.now() } };
  }
  if (!endsWithResults) close();
}

/** The skills that an executor is called for. */
export interface RunTasks {
  skills: readonly string[];
  /** How many skills the whole run of Nx has: these, and those of other batches. */
  expected: number;
  /** The skills of the batch that each skill waits for. */
  after: ReadonlyMap<string, readonly string[]>;
}

/** Does something with skills: with all skills of a run, or with one. */
type RunSkills = (tasks: RunTasks, options: unknown, context: ExecutorContext) => Promise<RunEnd>;

/** A batch executor that does something with all skills of a run in one process; Nx gives each skill the same options. */
export function batchOf(run: RunSkills) {
  return (
    taskGraph: TaskGraph,
    inputs: Record<string, unknown>,
    _overrides: unknown,
    context: ExecutorContext,
  ): BatchResults => {
    const options = inputs[Object.keys(taskGraph.tasks)[0] ?? ''];
    return runTogether(taskGraph, () => run(tasksOf(taskGraph, context), options, context));
  };
}

/** An executor that does the same with one skill, in its own process. */
export function executorOf(run: RunSkills) {
  return async (options: unknown, context: ExecutorContext): Promise<{ success: boolean }> => {
    const skill = context.projectName ?? '';
    const tasks = { skills: [skill], expected: 1, after: new Map() };
    return endAlone(skill, await run(tasks, options, context));
  };
}

function tasksOf(taskGraph: TaskGraph, context: ExecutorContext): RunTasks {
  const tasks = Object.values(taskGraph.tasks);
  const skillOf = new Map(tasks.map(({ id, target }) => [id, target.project]));
  const waitedFor = ({ id }: Task) =>
    (taskGraph.dependencies[id] ?? []).flatMap((other) => skillOf.get(other) ?? []);
  return {
    skills: [...skillOf.values()],
    expected: countExpected(taskGraph, context),
    after: new Map(tasks.map((task) => [task.target.project, waitedFor(task)])),
  };
}

/** Ends a task that has its own process. */
function endAlone(skill: string, { outcomes, close }: RunEnd): { success: boolean } {
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

/** Shows the outcome of a task that has its own process. */
export function writeTerminalOutput({ success, output }: SkillOutcome): { success: boolean } {
  (success ? process.stdout : process.stderr).write(fitted(output, process.env));
  return { success };
}

/** Prints the message of an error that an executor of one skill throws: Nx itself would print the stack. */
export async function saidInWords(run: () => Promise<{ success: boolean }>): Promise<{ success: boolean }> {
  try {
    return await run();
  } catch (error) {
    return writeTerminalOutput({ success: false, output: `${describeError(error)}\n` });
  }
}
