import { UsageError } from '@odoobo/local-platform/command-line';
import { git } from '@odoobo/machine/git';
import { runner } from '@odoobo/machine/package-manager';
import { didYouMean } from '@odoobo/ship/terminal/did-you-mean';
import { printable } from '@odoobo/ship/terminal/printable';
import { type ProjectSkill, skillsIn } from '../executors/context.js';
import { parseNames } from './arguments.js';
import { readNx } from './run-nx.js';
import { readProjects } from './workspace.js';

export interface ChangedOptions {
  skills?: string;
  base?: string;
  all?: boolean;
  json?: boolean;
}

/** A skill for the matrix of a workflow: its name, that of its Nx project, and its folder. */
export interface ChangedSkill {
  skill: string;
  project: string;
  root: string;
}

/**
 * Prints the names of the skills to ship: those affected by changes since a base, or those that are named. With `--json`
 * on one line, with the project and the folder of each, for the matrix of a workflow.
 * @throws for a name that no skill has; when Nx cannot list the projects
 */
export async function changedCommand({ skills, base, all, json }: ChangedOptions): Promise<number> {
  const named = parseNames(skills);
  if (named && all) throw new UsageError('--skills and --all cannot be combined.');
  const known = (await readSkills()).sort((a, b) => (a.skill < b.skill ? -1 : 1));
  const changed = named ? knownOf(named, known) : all ? known : await affectedOf(known, base);
  if (changed.length === 0) process.stderr.write('No skill is affected: nothing to ship.\n');
  process.stdout.write(
    json ? `${JSON.stringify(changed)}\n` : changed.map((one) => `${one.skill}\n`).join(''),
  );
  return 0;
}

async function readSkills(): Promise<ChangedSkill[]> {
  const skills = skillsIn(await readProjects(), process.cwd());
  return skills.map(({ skill, project, skillRoot }: ProjectSkill) => ({ skill, project, root: skillRoot }));
}

async function affectedOf(known: readonly ChangedSkill[], base: string | undefined): Promise<ChangedSkill[]> {
  const since = base ? [`--base=${base}`] : [];
  const printed = await readNx(['show', 'projects', '--affected', '--json', ...since]).catch(inShallowClone);
  const affected = new Set(projectsIn(printed));
  return known.filter(({ project }) => affected.has(project));
}

/** CI clones one commit by default. */
async function inShallowClone(cause: unknown): Promise<never> {
  const { stdout } = await git(['rev-parse', '--is-shallow-repository'], { cwd: process.cwd() });
  if (stdout !== 'true') throw cause;
  throw new Error(
    'This clone is shallow, so it cannot be compared with an earlier commit. Fetch the rest: git fetch --unshallow. In GitHub Actions: ' +
      'fetch-depth: 0 for actions/checkout; in GitLab CI: GIT_DEPTH: 0',
    { cause },
  );
}

/** A skill is found by its own name, or by that of its Nx project. */
function knownOf(named: readonly string[], known: readonly ChangedSkill[]): ChangedSkill[] {
  const find = (name: string) =>
    known.find(({ skill }) => skill === name) ?? known.find(({ project }) => project === name);
  const unknown = named.filter((name) => !find(name));
  if (unknown.length === 0) return named.flatMap((name) => find(name) ?? []);
  const names = unknown.map((name) => `"${printable(name)}"`).join(', ');
  const skills = known.map(({ skill }) => skill);
  const meant = unknown.map((name) => didYouMean(name, skills)).join('');
  const list =
    skills.length > 0 ? skills.join(', ') : `none; make one: ${runner} nx g @odoobo/nx-skills:skill`;
  throw new Error(`No skill is called ${names}.${meant} Available: ${list}`);
}

function projectsIn(printed: string): string[] {
  try {
    return JSON.parse(printed) as string[];
  } catch (cause) {
    throw new Error(`Expected a list of projects from Nx, got: ${printable(printed.slice(0, 200))}`, {
      cause,
    });
  }
}
