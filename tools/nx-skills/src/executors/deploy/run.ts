import type { ExecutorContext } from '@nx/devkit';
import type { DeployResult } from '@odoobo/app-platform';
import { DeployView } from '../../terminal/deploy-view.js';
import { describeResult } from '../../terminal/describe-result.js';
import { describeError } from '../../terminal/describe-error.js';
import { PlainBlock, TerminalBlock, type LiveBlock } from '../../terminal/live-block.js';
import { terminalColumns, terminalKind, type TerminalKind } from '../../terminal/style.js';
import type { SkillOutcome } from '../batch.js';
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

/**
 * Deploys skills and shows it.
 *
 * @param close is called when all is known, before the closing table: Nx prints its own lines in between
 * @returns an outcome a skill
 */
export async function runDeploy(
  { tasks, expected }: DeployRunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ outcomes: Map<string, SkillOutcome>; close: () => void }> {
  const terminal = terminalKind(process.env);
  const block = blockFor(terminal);
  const view = new DeployView(
    tasks.map(({ skill }) => skill),
    block,
    terminal.style,
  );
  const ticking = setInterval(() => view.tick(), tickMs);
  const interruption = interruptible(block);
  try {
    const { results, earlier } = await deploySkills({
      workspaceRoot: context.root,
      tasks: tasks.map((task) => ({ ...task, skillRoot: skillRootOf(context, task.skill) })),
      options: parseOptions(deployOptions, rawOptions, `${tasks[0]?.skill ?? ''}:deploy`),
      environment: process.env,
      signal: interruption.signal,
      onStart: (label) =>
        block.print([
          '',
          `  Deploying ${tasks.length === 1 ? '1 skill' : `${tasks.length} skills`} to ${label}`,
          '',
        ]),
      onEvent: (event) => view.event(event),
      onWarning: (message) => block.print([`  ${terminal.style.yellow('!')} ${message}`]),
    });
    const outcomes = new Map(results.map((result) => [result.skill, toOutcome(result)]));
    return { outcomes, close: () => view.close(earlier, expected) };
  } catch (error) {
    const output = `${describeError(error)}\n`;
    return {
      outcomes: new Map(tasks.map(({ skill }) => [skill, { success: false, output }])),
      close: () => block.clear(),
    };
  } finally {
    clearInterval(ticking);
    interruption.done();
  }
}

function toOutcome(result: DeployResult): SkillOutcome {
  const success = result.outcome === 'deployed' || result.outcome === 'unchanged';
  return { success, output: describeResult(result) };
}

function blockFor({ interactive }: TerminalKind): LiveBlock {
  const write = (text: string) => void process.stdout.write(text);
  return interactive ? new TerminalBlock(write, terminalColumns()) : new PlainBlock(write);
}

/** Ctrl-C stops the run, not what is under way on the platform. */
function interruptible(block: LiveBlock): { signal: AbortSignal; done: () => void } {
  const controller = new AbortController();
  const stop = () => {
    block.print([
      '',
      '  Interrupted: what is under way on the platform goes on. The next deploy takes it up.',
    ]);
    controller.abort(new Error('interrupted'));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return { signal: controller.signal, done: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}
