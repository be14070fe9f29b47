import type { DeployRequest, DeployResult } from '@odoobo/app-platform';
import { listWorktrees, quoted, readHead } from '@odoobo/git-flow';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadManifest } from '../manifest/load-manifest.js';
import { idOf, type SkillPlace } from '../manifest/skill-place.js';
import type { Promoted } from '../promote/promoted.js';
import { oncePer } from '../runs/once-per.js';
import { describeError } from '../terminal/describe-error.js';
import { couldNotBeSent, unsentCodes } from './could-not-be-sent.js';
import { type Provenance, type ProvenanceOptions, withProvenance } from './provenance.js';
import { readSkillFiles, type SkillFiles } from './skill-files.js';

/** A skill that a run ships. */
export interface DeployTask extends SkillPlace {
  /** Skills of the same run that must be live first. */
  after: readonly string[];
  /** Other apps of the skill that must pass first. */
  earlier?: DeployRequest['earlier'];
  /** Other apps of its wave, without which it is not deployed either. */
  together?: DeployRequest['together'];
}

/** A skill, and the checkout that it is shipped from. */
export interface PlacedTask extends DeployTask, Provenance {
  /** Undefined if they are to be read when they are needed. */
  files?: Promise<SkillFiles> | undefined;
  /** What it ships, if that is not what was built here. */
  promoted?: Promoted | undefined;
}

export interface PlacedTasks {
  placed: PlacedTask[];
  /** Skills without a worktree, or whose build fails there. */
  failed: DeployResult[];
}

/** Places every skill in the checkout of the run. */
export async function placeHere(
  tasks: readonly DeployTask[],
  options: ProvenanceOptions,
): Promise<PlacedTasks> {
  return { placed: await placedIn(options, tasks), failed: [] };
}

/**
 * Places every skill in the worktree of its own branch, `skill/<name>`, and builds it there: Nx has only built the
 * checkout of the run.
 * @throws if the workspace is not a git checkout
 */
export async function placeInWorktrees(
  tasks: readonly DeployTask[],
  options: ProvenanceOptions,
): Promise<PlacedTasks> {
  const { workspaceRoot, signal } = options;
  const here = await readHead(workspaceRoot);
  if (!here)
    throw new Error(`${workspaceRoot} is not a git repository, so there are no worktrees to deploy from.`);
  const worktrees = await listWorktrees({ cwd: here.worktree, signal });
  const inRepository = relative(here.worktree, workspaceRoot);
  // The placements of a skill have one artefact.
  const build = oncePer(folderOf, buildIn);
  const outcomes = await Promise.all(
    tasks.map(async (task) => {
      const branch = `skill/${idOf(task)}`;
      try {
        const worktree = worktrees.find((one) => one.branch === branch);
        if (!worktree) {
          throw new Error(`no worktree has ${branch} checked out. Create one: ${task.command('worktree')}`);
        }
        if (!existsSync(worktree.path)) {
          throw new Error(
            `The worktree of ${branch} is no longer at ${worktree.path}. Find or create it again: ${task.command('worktree')}`,
          );
        }
        const inWorktree = { ...options, workspaceRoot: join(worktree.path, inRepository) };
        await build(task, inWorktree);
        // After the build: a file that it leaves and that git does not ignore makes the checkout dirty.
        return await placedIn(inWorktree, [task]);
      } catch (error) {
        return couldNotBeSent(task.skill, unsentCodes.noBuild, describeError(error));
      }
    }),
  );
  return {
    placed: outcomes.flatMap((outcome) => ('outcome' in outcome ? [] : outcome)),
    failed: outcomes.filter((outcome) => 'outcome' in outcome),
  };
}

function folderOf({ skillRoot }: DeployTask, { workspaceRoot }: ProvenanceOptions): string {
  return join(workspaceRoot, skillRoot);
}

async function buildIn(task: DeployTask, options: ProvenanceOptions): Promise<void> {
  // Loaded here, because a deploy from its own checkout builds nothing.
  const { buildArtefact } = await import('../artefact/build-artefact.js');
  const manifest = await loadManifest(options.workspaceRoot, task.skillRoot);
  if (manifest.buildTarget !== undefined) {
    throw new Error(
      `${task.skill} is made by its own target "${manifest.buildTarget}", which Nx runs only in the checkout that it is started in. ` +
        `Deploy it there: cd ${quoted(options.workspaceRoot)} && ${task.command('deploy')}`,
    );
  }
  await buildArtefact(folderOf(task, options), manifest);
}

async function placedIn(options: ProvenanceOptions, tasks: readonly DeployTask[]): Promise<PlacedTask[]> {
  const { workspaceRoot } = options;
  const asking = withProvenance(tasks, options);
  // While git answers.
  const files = tasks.map(({ skillRoot }) => readSkillFiles({ workspaceRoot, skillRoot }));
  const known = await asking;
  return known.map((task, index) => ({ ...task, workspaceRoot, files: files[index] }));
}
