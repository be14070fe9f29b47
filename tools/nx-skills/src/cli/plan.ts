import { failedPlan } from '@odoobo/app-platform';
import { UsageError } from '@odoobo/local-platform/command-line';
import { runner } from '@odoobo/machine/package-manager';
import { noPlanMarkdown, planMarkdown } from '@odoobo/ship/ci/plan-markdown';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import { emptyPlan, type Plan, planSchema, withSkills } from '@odoobo/ship/plan/plan';
import { runName } from '@odoobo/ship/records/run-name';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { checkHandedOn } from './handed-on.js';
import { readNx, runNx } from './run-nx.js';
import { targetName } from './workspace.js';

/** Exit code if a deploy would change anything, as in other tools with a plan command. */
const changesCode = 2;

export interface PlanCommandOptions {
  affected?: boolean;
  failOnChange?: boolean;
  json?: boolean;
  markdown?: boolean;
}

/**
 * Runs the target `plan` of the skills and returns an exit code: 0 no changes, 2 changes, 1 an error. Nx itself exits
 * with 1 for every failure. Markdown is always printed: the comment on a pull request says why there is no plan.
 * @param args options of Nx and of the target
 * @throws when there is no Nx, or it has left no plan that can be read
 */
export async function planCommand(options: PlanCommandOptions, args: readonly string[]): Promise<number> {
  const { affected, failOnChange, json, markdown } = options;
  if (args.some((one) => one.startsWith('--json=')))
    throw new UsageError(`--json prints the plan. To write a file: ${runner} nx-skills plan --json > <file>`);
  if (json && markdown) throw new UsageError('--json and --markdown cannot be combined.');
  const format = markdown ? 'markdown' : json ? 'json' : undefined;
  const target = [affected ? 'affected' : 'run-many', '-t', targetName('plan'), ...args];
  try {
    checkHandedOn('plan', args);
    const { code, plan } = await runPlan(target, format !== undefined);
    if (format === 'markdown') process.stdout.write(markdownOf(plan, code));
    if (format === 'json' && (plan.platform !== undefined || code === 0))
      process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`);
    if (code !== 0) return code;
    return failOnChange && hasChanges(plan) ? changesCode : 0;
  } catch (error) {
    if (format === 'markdown') process.stdout.write(noPlanMarkdown(describeError(error)));
    throw error;
  }
}

/** Runs Nx, and reads the plans of its tasks. */
async function runPlan(
  target: readonly string[],
  printsPlan: boolean,
): Promise<{ code: number; plan: Plan }> {
  const folder = await mkdtemp(join(tmpdir(), 'plan-'));
  try {
    const file = join(folder, 'plan.json');
    const stdout = printsPlan ? process.stderr : process.stdout;
    const code = await runNx([...target, `--json=${file}`], { stdout });
    const plan = await readPlan(file);
    return { code, plan: code === 1 && printsPlan ? await withLeftOut(plan, target) : plan };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function markdownOf(plan: Plan, code: number): string {
  return plan.skills.length > 0 || code === 0
    ? planMarkdown(plan)
    : noPlanMarkdown('Nx failed before it planned a skill.');
}

/** A skill whose build fails is not planned, and none of its tasks reports that. */
async function withLeftOut(plan: Plan, target: readonly string[]): Promise<Plan> {
  const planned = new Set(plan.skills.map(({ skill, of = skill }) => of));
  const leftOut = (await skillsToPlan(target)).filter((skill) => !planned.has(skill));
  const why = 'it was not planned: its build failed, or Nx stopped before it. See the log of this run';
  return withSkills(
    plan,
    leftOut.map((skill) => failedPlan(skill, why)),
  );
}

const taskGraphSchema = z.object({
  tasks: z.object({
    tasks: z.record(
      z.string(),
      z.object({ target: z.object({ target: z.string() }), projectRoot: z.string() }),
    ),
  }),
});

/** The tasks that Nx would run; undefined if Nx fails, which prints the reason itself. */
async function skillsToPlan(command: readonly string[]): Promise<string[]> {
  const target = targetName('plan');
  try {
    const { tasks } = taskGraphSchema.parse(JSON.parse(await readNx([...command, '--graph=stdout'])));
    return Object.values(tasks.tasks).flatMap((task) =>
      task.target.target === target ? [readIdentity(process.cwd(), task.projectRoot).id] : [],
    );
  } catch {
    return [];
  }
}

function hasChanges({ summary }: Plan): boolean {
  return summary.create + summary.update > 0;
}

/** Empty if no skill was planned: none is affected, or all builds failed. */
async function readPlan(file: string): Promise<Plan> {
  try {
    return planSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyPlan(runName(process.env, 'plan'));
    throw error;
  }
}
