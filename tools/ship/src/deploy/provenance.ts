import type { Origin } from '@odoobo/app-platform';
import {
  type Checkout,
  type DirtyPath,
  dirtyPaths,
  firstCommit,
  type Inputs,
  inputsOf,
  readHead,
} from '@odoobo/git-flow';
import { type Sources, sourcesOf } from '../runs/sources.js';
import { nameDeployer } from './deployer.js';

/** The remote that branches are pushed to; other remotes are only read. */
export const origin = 'origin';

/** The source of a shipped skill. */
export interface Provenance {
  /**
   * Undefined if the workspace is not a git checkout. Dirty if the sources of this skill have uncommitted changes:
   * changes elsewhere in the checkout are not shipped with it.
   */
  checkout: Checkout | undefined;
  /** The files and folders that it is made from, relative to the workspace root. */
  sources: readonly string[];
  /** The files in them that differ from the commit, relative to the root of the repository. */
  uncommitted: readonly string[];
  /** The same information, as it is stored with the deployment. */
  origin: Origin;
}

export interface ProvenanceOptions {
  workspaceRoot: string;
  sources: Sources;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

interface Skill {
  skill: string;
  /** Relative to the workspace root. */
  skillRoot: string;
}

/**
 * Adds their provenance to the skills of one checkout, with one call to git for all of them.
 * @throws {GitError} when git cannot read the checkout
 */
export async function withProvenance<S extends Skill>(
  skills: readonly S[],
  { workspaceRoot, sources: known, env, signal }: ProvenanceOptions,
): Promise<(S & Provenance)[]> {
  const git = { cwd: workspaceRoot, signal };
  const made = skills.map((skill) => ({ ...skill, sources: sourcesOf(skill, workspaceRoot, known) }));
  const [head, first, by] = await Promise.all([
    readHead(workspaceRoot),
    firstCommit(git),
    nameDeployer(env, git),
  ]);
  if (!head) return made.map((skill) => ({ ...skill, checkout: undefined, uncommitted: [], origin: { by } }));
  const { commit, worktree } = head;
  const repository = head.isShallow ? undefined : first;
  const paths = [...new Set(made.flatMap(({ sources }) => sources))];
  const [dirty, inputs] = await Promise.all([
    dirtyPaths({ ...git, worktree, paths }),
    inputsOf({ ...git, paths, commit }),
  ]);
  return made.map((skill) => {
    const uncommitted = filesIn(dirty, skill.sources);
    const isDirty = uncommitted.length > 0;
    const origin = { repository, commit, dirty: isDirty, inputs: inputsIn(inputs, skill.sources), by };
    return { ...skill, checkout: { ...head, dirty: isDirty }, uncommitted, origin };
  });
}

function filesIn(dirty: readonly DirtyPath[], paths: readonly string[]): string[] {
  const own = dirty.filter(({ path }) => paths.includes(path));
  return [...new Set(own.flatMap(({ files }) => files))].sort();
}

function inputsIn(inputs: Inputs, paths: readonly string[]): Inputs {
  return Object.fromEntries(paths.flatMap((path) => (inputs[path] ? [[path, inputs[path]]] : [])));
}
