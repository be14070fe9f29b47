import {
  createWorktrees,
  openStandings,
  removeWorktrees,
  type Standing,
  type Standings,
  type WorktreeRequest,
  type WorktreeResult,
  type WorktreesOptions,
} from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { Recorder } from '../records/recorder.js';
import { runName } from '../records/run-name.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { findPlaces, type WorktreePlaces } from './places.js';

export interface WorktreeRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  /** Relative to the main checkout; next to it if left out. */
  baseFolder: string | undefined;
  /** Patterns of git-ignored files that are copied to worktrees. */
  carry?: readonly string[] | undefined;
  /** A command and its arguments, run in each new worktree. */
  postCreate?: readonly string[] | undefined;
  env: NodeJS.ProcessEnv;
  /** Nx's default branch; the remote's default branch takes precedence. */
  defaultBase: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  onWarning: (message: string) => void;
  /** Called for each additional step, and with the output of commands. */
  onNotice: (message: string) => void;
}

/** Files that all checkouts share, or that each checkout has for itself. */
const neverCarried = ['.local-platform', '.nx'];

/**
 * Creates the worktree of each skill.
 * @param foldersOf folders to check out for the skill in a folder; all if undefined
 */
export async function addWorktrees(
  run: WorktreeRun,
  foldersOf: (skillRoot: string) => string[] | undefined,
): Promise<WorktreeResult[]> {
  const places = await findPlaces(run.workspaceRoot, run.baseFolder, run.signal);
  const requests = run.places.map(({ skill, skillRoot }): WorktreeRequest => {
    const folders = foldersOf(skillRoot)?.map((folder) => join(places.workspace, folder));
    return { ...requestOf(skill, places), ...(folders && { folders }) };
  });
  return record(await createWorktrees(requests, optionsOf(run, places)), run);
}

/** Removes the worktrees and branches that are merged and clean. */
export async function dropWorktrees(run: WorktreeRun): Promise<WorktreeResult[]> {
  const places = await findPlaces(run.workspaceRoot, run.baseFolder, run.signal);
  const requests = run.places.map(({ skill }) => requestOf(skill, places));
  const onRemove = (path: string) => endDaemon(join(path, places.workspace));
  const mergeCommand = (skill: string) => commandOf(run.places, skill)('merge');
  return record(await removeWorktrees(requests, { ...optionsOf(run, places), onRemove, mergeCommand }), run);
}

const deadlineMs = 20_000;

/** Stops the Nx daemon of a checkout, if there is one: it would keep watching a deleted folder. */
async function endDaemon(workspaceRoot: string): Promise<void> {
  if (!existsSync(join(workspaceRoot, '.nx/workspace-data/d/server-process.json'))) return;
  // Nx's variables concern the checkout of this task.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
  await execa('npx', ['nx', 'daemon', '--stop'], {
    cwd: workspaceRoot,
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: deadlineMs,
    // Git decides whether the folder can be removed; a daemon that cannot be stopped ends by itself later.
    reject: false,
  });
}

/** How many worktrees are read in parallel. */
const atOnce = 8;

/** The state of the skills' branches and worktrees. */
export async function readWorktrees(
  run: WorktreeRun,
): Promise<{ standings: Standing[]; defaultBranch: Standings['defaultBranch'] }> {
  const { workspaceRoot: cwd, signal, defaultBase } = run;
  const skills = run.places.map(({ skill }) => skill);
  const { defaultBranch, read } = await openStandings(skills.map(branchOf), defaultBase, { cwd, signal });
  const limit = pLimit(atOnce);
  const standings = await Promise.all(skills.map((skill) => limit(() => read(skill, branchOf(skill)))));
  return { standings, defaultBranch };
}

function requestOf(skill: string, { base }: WorktreePlaces): WorktreeRequest {
  return { skill, branch: branchOf(skill), path: join(base, skill) };
}

function branchOf(skill: string): string {
  return `skill/${skill}`;
}

function optionsOf(run: WorktreeRun, { workspace }: WorktreePlaces): WorktreesOptions {
  const { workspaceRoot, signal, defaultBase, carry: patterns, postCreate, onWarning, onNotice } = run;
  const { claims } = workspaceFolders(workspaceRoot);
  return {
    cwd: workspaceRoot,
    workspace,
    signal,
    defaultBranch: defaultBase,
    claim: () =>
      claim(join(claims, 'worktrees.jsonl'), {
        signal,
        onWait: ({ pid }) =>
          onWarning(`Waiting for another run that creates or removes worktrees (process ${pid})`),
      }),
    carry: { patterns, never: neverCarried },
    postCreate,
    onWarning,
    onNotice,
  };
}

async function record(results: WorktreeResult[], run: WorktreeRun): Promise<WorktreeResult[]> {
  const folders = workspaceFolders(run.workspaceRoot);
  const recorder = new Recorder(folders, runName(run.env, 'worktree'), run.onWarning);
  for (const { skill, branch, path, action } of results) {
    if (action && action !== 'absent') recorder.record({ type: 'worktree', skill, branch, path, action });
  }
  await recorder.close();
  return results;
}
