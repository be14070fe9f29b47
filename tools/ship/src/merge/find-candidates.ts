import { findBranches, findDefaultBranch, type FoundBranch, shownUrl } from '@odoobo/git-flow';
import type { SkillPlace } from '../manifest/skill-place.js';
import type { Candidate, MergeRun, SkillMerge } from './merge-run.js';

/** The target branch of the merges: on the remote, if there is one to push to. */
export interface Into {
  branch: string;
  remote?: string;
  /** The URL that the remote is pushed to, without credentials. */
  url?: string;
  /** The remote that is not pushed to (`--no-push`). */
  notPushedTo?: string;
}

const origin = 'origin';

/** @throws when there is no default branch, and says what to do */
export async function findInto(run: MergeRun): Promise<Into> {
  const { workspaceRoot: cwd, defaultBase, signal, options } = run;
  const { name: branch } = await findDefaultBranch(defaultBase, { cwd, signal });
  const url = await shownUrl(origin, 'push', { cwd, signal });
  if (url === undefined) return { branch };
  return options.push ? { branch, remote: origin, url } : { branch, notPushedTo: origin };
}

/** Finds skills with something to merge, and those without. @throws when the remote cannot be asked */
export async function findCandidates(
  { places, workspaceRoot: directory, signal }: MergeRun,
  into: Into,
): Promise<{ candidates: Candidate[]; idle: SkillMerge[] }> {
  const branches = places.map(({ skill }) => branchOf(skill));
  const found = await findBranches({ directory, into: into.branch, remote: into.remote, branches, signal });
  const candidates: Candidate[] = [];
  const idle: SkillMerge[] = [];
  for (const place of places) {
    const branch = branchOf(place.skill);
    const head = found.get(branch);
    if (head && !head.merged && !head.mergedHere)
      candidates.push({
        place,
        branch,
        head: head.commit,
        ...(head.worktree && { worktree: head.worktree }),
      });
    else
      idle.push(head && !head.merged ? notPushed(place, branch, into) : nothingToMerge(place, branch, head));
  }
  return { candidates, idle };
}

function nothingToMerge({ skill }: SkillPlace, branch: string, head: FoundBranch | undefined): SkillMerge {
  const why = head ? `${branch} is already merged` : `there is no branch ${branch}`;
  return { skill, outcome: 'nothing', why };
}

/** Merging it again on the remote would duplicate it, and the local branch could not be fast-forwarded. */
function notPushed({ skill }: SkillPlace, branch: string, into: Into): SkillMerge {
  const reason = `${branch} is merged into ${into.branch} of this clone, which is not pushed`;
  return { skill, outcome: 'refused', branch, reason, advice: [`git push ${origin} ${into.branch}`] };
}

function branchOf(skill: string): string {
  return `skill/${skill}`;
}

/** `main of origin` */
export function nameOf({ branch, remote, notPushedTo }: Into): string {
  if (remote) return `${branch} of ${remote}`;
  return notPushedTo ? `${branch} of this clone` : branch;
}

/** The announcement before the merge: `main: this pushes main to origin (https://github.com/acme/shop)` */
export function announced({ branch, remote, url, notPushedTo }: Into): string {
  if (remote) return `${branch}: this pushes ${branch} to ${remote} (${url})`;
  if (notPushedTo) return `${branch} of this clone: nothing is pushed (--no-push)`;
  return `${branch}: there is no ${origin} to push to`;
}
