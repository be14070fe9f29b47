import type { ExecutorContext, Task, TaskGraph } from '@nx/devkit';
import type { RunSkills, RunTasks } from '@odoobo/ship/commands/run';
import type { SkillPlace } from '@odoobo/ship/manifest/skill-place';
import { parseOptions } from '@odoobo/ship/runs/options';
import { failedRun, type RunEnd, type SkillOutcome } from '@odoobo/ship/runs/run-end';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { fitted } from '@odoobo/ship/terminal/open-block';
import { createRequire } from 'node:module';
import type * as z from 'zod';
import { placeOf, workspaceOf } from './context.js';
import { refuseReplaced } from './refuse-replaced.js';

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

/** The tasks that the whole run of Nx passes to the executor: in this batch, and in earlier and later ones. */
function tasksOfRun(taskGraph: TaskGraph, context: ExecutorContext): Task[] {
  const executorOf = ({ target: { project, target } }: Task) =>
    context.projectsConfigurations.projects[project]?.targets?.[target]?.executor;
  const own = Object.values(taskGraph.tasks).map(executorOf)[0];
  return Object.values(context.taskGraph?.tasks ?? {}).filter((task) => executorOf(task) === own);
}

/** Before Nx 23, Nx may end together with the last result of a batch, and then what the batch prints afterwards is lost. */
const { version } = createRequire(import.meta.url)('nx/package.json') as { version: string };
const endsWithResults = Number.parseInt(version, 10) < 23;

/** Yields the results of a batch together at the end: Nx prints a line for each, which would break what the run draws. */
async function* runTogether(
  taskGraph: TaskGraph,
  run: () => Promise<RunEnd>,
  skillOf: (task: Task) => string,
): BatchResults {
  const startTime = Date.now();
  const { outcomes, close } = await run();
  if (endsWithResults) close();
  for (const task of Object.values(taskGraph.tasks)) {
    const { id } = task;
    const { success, output } = outcomes.get(skillOf(task)) ?? noResult;
    yield { task: id, result: { success, terminalOutput: output, startTime, endTime: Date.now() } };
  }
  if (!endsWithResults) close();
}

/** Does something with skills of an Nx workspace: with all skills of a run, or with one. */
type RunProjects = (tasks: RunTasks, options: unknown, context: ExecutorContext) => Promise<RunEnd>;

/** Gives a run that knows no Nx the workspace that it needs. */
export function inWorkspace(run: RunSkills): RunProjects {
  return (tasks, options, context) => run(tasks, options, workspaceOf(context));
}

/**
 * A batch executor that does something with all skills of a run in one process, with the options of the command line: Nx does not
 * pass those on to tasks that it adds because another task depends on them.
 */
export function batchOf(run: RunProjects) {
  return (
    taskGraph: TaskGraph,
    inputs: Record<string, unknown>,
    _overrides: unknown,
    context: ExecutorContext,
  ): BatchResults => {
    const { tasks, skillOf } = tasksOf(taskGraph, context);
    const targets = Object.values(taskGraph.tasks).map(({ target }) => target);
    return runTogether(
      taskGraph,
      () => runChecked(run, { targets, tasks }, inputs[tasks.task], context),
      skillOf,
    );
  };
}

/** An executor that does the same with one skill, in its own process. */
export function executorOf(run: RunProjects) {
  return async (options: unknown, context: ExecutorContext): Promise<{ success: boolean }> => {
    const { projectName = '', targetName = '' } = context;
    const place = placeOf(context, projectName);
    const task = `${projectName}:${targetName}`;
    const tasks = { skills: [place.skill], places: [place], task, expected: 1, after: new Map() };
    const targets = [{ project: projectName, target: targetName }];
    return endAlone(place.skill, await runChecked(run, { targets, tasks }, options, context));
  };
}

/** An executor that does something with one skill, in its own process, and ends without a table. */
export function executorOfOne<Options>(
  schema: z.ZodType<Options>,
  run: (place: SkillPlace, options: Options) => Promise<void>,
) {
  return (rawOptions: unknown, context: ExecutorContext): Promise<{ success: boolean }> => {
    const { projectName = '', targetName = '' } = context;
    return saidInWords(async () => {
      refuseReplaced(context, [{ project: projectName, target: targetName }]);
      await run(
        placeOf(context, projectName),
        parseOptions(schema, rawOptions, `${projectName}:${targetName}`),
      );
      return { success: true };
    });
  };
}

interface CheckedTasks {
  targets: readonly { project: string; target: string }[];
  tasks: RunTasks;
}

async function runChecked(
  run: RunProjects,
  { targets, tasks }: CheckedTasks,
  options: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  try {
    refuseReplaced(context, targets);
  } catch (error) {
    return failedRun(tasks.skills, error);
  }
  return run(tasks, options, context);
}

function tasksOf(
  taskGraph: TaskGraph,
  context: ExecutorContext,
): { tasks: RunTasks; skillOf: (task: Task) => string } {
  const all = Object.values(taskGraph.tasks);
  const places = new Map(all.map(({ id, target }) => [id, placeOf(context, target.project)]));
  const skillOf = ({ id }: Task) => places.get(id)?.skill ?? '';
  const waitedFor = ({ id }: Task) =>
    (taskGraph.dependencies[id] ?? []).flatMap((other) => places.get(other)?.skill ?? []);
  const ofRun = tasksOfRun(taskGraph, context);
  const tasks = {
    skills: [...places.values()].map(({ skill }) => skill),
    places: [...places.values()],
    task: askedFor(taskGraph),
    expected: ofRun.length,
    ofRun: () => ofRun.map(({ id, target }) => places.get(id) ?? placeOf(context, target.project)),
    after: new Map(all.map((task) => [skillOf(task), waitedFor(task)])),
  };
  return { tasks, skillOf };
}

/** A task that the command line names: no other one depends on it. */
function askedFor({ tasks, dependencies }: TaskGraph): string {
  const needed = new Set(Object.values(dependencies).flat());
  const ids = Object.keys(tasks);
  return ids.find((id) => !needed.has(id)) ?? ids[0] ?? '';
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
