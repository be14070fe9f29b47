import type { PluginEntry } from '../manifest/plugin-entry.js';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { RunEnd } from '../runs/run-end.js';
import type { Sources } from '../runs/sources.js';

/** The skills that a run does something with. */
export interface RunTasks {
  /** Their names. */
  skills: readonly string[];
  places: readonly SkillPlace[];
  /** What messages about options, which all share, are about: `@acme/orders:deploy`. */
  task: string;
  /** How many skills the whole run has: these, and those of other batches of Nx. */
  expected: number;
  /** All skills of the whole run; these, if undefined. */
  ofRun?: () => readonly SkillPlace[];
  /** The skills among these that each skill waits for. */
  after: ReadonlyMap<string, readonly string[]>;
}

/** The workspace of a run. Whoever starts a run reads it: from Nx, or from manifests and packages. */
export interface RunWorkspace {
  root: string;
  /** The folder that the user is in. */
  cwd: string;
  /** All skills of the workspace. */
  readonly places: readonly SkillPlace[];
  sources: Sources;
  /** The branch that is merged into if the remote names none. */
  defaultBase: string;
  /** The plugins of `nx.json`: one of them may name a webhook. */
  plugins?: readonly PluginEntry[] | undefined;
}

/** Does something with the skills of a run, and shows it. */
export type RunSkills = (tasks: RunTasks, options: unknown, workspace: RunWorkspace) => Promise<RunEnd>;
