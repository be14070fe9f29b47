import { UsageError } from '@odoobo/local-platform/command-line';
import { didYouMean } from '../terminal/did-you-mean.js';
import { printable } from '../terminal/printable.js';
import { parseNames } from './arguments.js';
import { readNx } from './run-nx.js';

export interface ChangedOptions {
  skills?: string;
  base?: string;
  all?: boolean;
  json?: boolean;
}

/**
 * Prints the skills to ship: those affected by changes since a base, or those that are named. With `--json` on one
 * line, for the matrix of a workflow.
 * @throws for a name that no project with a target `deploy` has; when Nx cannot list the projects
 */
export async function changedCommand({ skills, base, all, json }: ChangedOptions): Promise<number> {
  const named = parseNames(skills);
  if (named && all) throw new UsageError('--skills and --all cannot be combined.');
  const changed = named ? await knownOf(named) : await projects(all ? [] : affectedSince(base));
  if (changed.length === 0) process.stderr.write('No skill is affected: nothing to ship.\n');
  process.stdout.write(json ? `${JSON.stringify(changed)}\n` : changed.map((one) => `${one}\n`).join(''));
  return 0;
}

function affectedSince(base: string | undefined): string[] {
  return ['--affected', ...(base ? [`--base=${base}`] : [])];
}

async function knownOf(named: readonly string[]): Promise<readonly string[]> {
  const known = await projects([]);
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length === 0) return named;
  const names = unknown.map((name) => `"${printable(name)}"`).join(', ');
  const meant = unknown.map((name) => didYouMean(name, known)).join('');
  const list = known.length > 0 ? known.join(', ') : 'none; make one: npx nx g @odoobo/nx-skills:skill';
  throw new Error(`No project with a target "deploy" is called ${names}.${meant} Available: ${list}`);
}

/** Projects that can be deployed, in alphabetical order. */
async function projects(which: readonly string[]): Promise<string[]> {
  const printed = await readNx(['show', 'projects', '--withTarget', 'deploy', '--json', ...which]);
  try {
    return (JSON.parse(printed) as string[]).sort();
  } catch (cause) {
    throw new Error(`Expected a list of projects from Nx, got: ${printable(printed.slice(0, 200))}`, {
      cause,
    });
  }
}
