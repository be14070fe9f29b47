import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planMarkdown } from '../ci/plan-markdown.js';
import { emptyPlan, planSchema, type Plan } from '../executors/plan/plan.js';
import { runName } from '../records/run-name.js';
import { runNx } from './run-nx.js';

/** Ends with this where a deploy would change anything, as other tools that plan do. */
const changesCode = 2;
const own = ['--affected', '--fail-on-change', '--failOnChange', '--json', '--markdown'];

/**
 * Runs the target `plan` of the skills and tells by the exit code what came of it: 0 no changes, 2 changes, 1 an error. Nx
 * itself ends every run that fails with 1, whatever its tasks say.
 *
 * @param args options of this command, and those of Nx
 * @throws when there is no Nx, or it has left no plan that can be read
 */
export async function planCommand(args: readonly string[]): Promise<number> {
  if (args.some((one) => one.startsWith('--json=')))
    throw new Error('--json prints the plan. For a file: npx nx-skills plan --json > <file>');
  const wants = (...names: string[]) => args.some((one) => names.includes(one));
  if (wants('--json') && wants('--markdown')) throw new Error('--json and --markdown do not go together.');
  const printsPlan = wants('--json') || wants('--markdown');
  const folder = await mkdtemp(join(tmpdir(), 'plan-'));
  try {
    const file = join(folder, 'plan.json');
    const many = wants('--affected') ? 'affected' : 'run-many';
    const rest = args.filter((one) => !own.includes(one));
    const nx = await runNx([many, '-t', 'plan', ...rest, `--json=${file}`], {
      stdout: printsPlan ? process.stderr : process.stdout,
    });
    const plan = await readPlan(file);
    if (printsPlan && (plan.skills.length > 0 || nx === 0))
      process.stdout.write(wants('--markdown') ? planMarkdown(plan) : `${JSON.stringify(plan, null, 2)}\n`);
    if (nx !== 0) return nx;
    return wants('--fail-on-change', '--failOnChange') && hasChanges(plan) ? changesCode : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function hasChanges({ summary }: Plan): boolean {
  return summary.create + summary.update > 0;
}

/** Empty where no skill was planned: none is affected, or all builds failed. */
async function readPlan(file: string): Promise<Plan> {
  try {
    return planSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyPlan(runName(process.env, 'plan'));
    throw error;
  }
}
