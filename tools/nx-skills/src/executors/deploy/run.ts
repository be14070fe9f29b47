import type { ExecutorContext } from '@nx/devkit';
import type { DeployResult } from '@odoobo/app-platform';
import { describeError } from '../../terminal/describe-error.js';
import { describeResult } from '../../terminal/describe-result.js';
import { DeployView } from '../../terminal/deploy-view.js';
import { countSkills } from '../../terminal/format.js';
import { PlainBlock, TerminalBlock } from '../../terminal/live-block.js';
import { terminalColumns, terminalKind } from '../../terminal/style.js';
import { TaskOutput } from '../../terminal/task-output.js';
import type { RunEnd, SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { skillRootOf } from '../skill-root.js';
import { deploySkills } from './deploy-skills.js';
import { deployOptions } from './options.js';

export interface DeployRunTasks {
  tasks: readonly { skill: string; after: string[] }[];
  /** How many skills the whole run of Nx deploys: these, and those of other batches. */
  expected: number;
}

/** How often the terminal shows how long things take, in milliseconds. */
const tickMs = 1_000;

/** Exit code of a process that Ctrl-C ended. */
const interruptedCode = 130;

/** Deploys skills and shows it. Does not return from an interrupted run: it says where things stand, and the process ends. */
export async function runDeploy(
  { tasks, expected }: DeployRunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { interactive, style } = terminalKind(process.env);
  const output = new TaskOutput();
  const block = interactive
    ? new TerminalBlock(output.write, terminalColumns())
    : new PlainBlock(output.write);
  const view = new DeployView(
    tasks.map(({ skill }) => skill),
    block,
    style,
  );
  const ticking = setInterval(() => view.tick(), tickMs);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    block.print(['', '  Interrupted.']);
  });
  try {
    const { results, earlier } = await deploySkills({
      workspaceRoot: context.root,
      tasks: tasks.map((task) => ({ ...task, skillRoot: skillRootOf(context, task.skill) })),
      options: parseOptions(deployOptions, rawOptions, `${tasks[0]?.skill ?? ''}:deploy`),
      environment: process.env,
      signal,
      onStart: (label) => block.print(['', `  Deploying ${countSkills(tasks.length)} to ${label}`, '']),
      onEvent: (event) => view.event(event),
      onWarning: (message) => block.print([`  ${style.yellow('!')} ${message}`]),
    });
    const close = () => view.close(earlier, expected);
    if (signal.aborted) endInterrupted(close);
    return { outcomes: new Map(results.map((result) => [result.skill, toOutcome(result)])), close };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => block.clear());
    const outcome = { success: false, output: `${describeError(error)}\n` };
    return { outcomes: new Map(tasks.map(({ skill }) => [skill, outcome])), close: () => block.clear() };
  } finally {
    clearInterval(ticking);
    done();
  }
}

function toOutcome(result: DeployResult): SkillOutcome {
  const success = result.outcome === 'deployed' || result.outcome === 'unchanged';
  return { success, output: describeResult(result) };
}

/** Ctrl-C stops the run, not what is under way on the platform. A second signal changes nothing: the end is near. */
function abortOnSignal(tell: () => void): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) return;
    tell();
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // Nx ends the process of a batch that is done with SIGTERM.
  return { signal: controller.signal, done: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}

/** Nx asks for no results of a run that it has stopped; it would only wait for this process. */
function endInterrupted(close: () => void): never {
  close();
  process.exit(interruptedCode);
}
