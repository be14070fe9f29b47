import { findBranches, findDefaultBranch, remoteUrl } from '@odoobo/git-flow';
import type { Candidate, SkillMerge } from './candidate.js';
import type { MergeRun } from './merge-skills.js';

/** What everything is merged into: a branch of the remote, where there is one. */
export interface Into {
  branch: string;
  remote?: string;
}

const remote = 'origin';

/** @throws when there is no default branch, with what to do */
export async function findInto({ workspaceRoot: cwd, defaultBase, signal }: MergeRun): Promise<Into> {
  const { name: branch } = await findDefaultBranch(defaultBase, { cwd, signal });
  const url = await remoteUrl(remote, { cwd, signal });
  return { branch, ...(url !== undefined && { remote }) };
}

/**
 * Skills with something to merge, and those without.
 *
 * @throws when the remote cannot be asked
 */
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
    if (head && !head.merged)
      candidates.push({
        place,
        branch,
        head: head.commit,
        ...(head.worktree && { worktree: head.worktree }),
      });
    else {
      const why = head ? `${branch} is merged already` : `there is no branch ${branch}`;
      idle.push({ skill: place.skill, outcome: 'nothing', why });
    }
  }
  return { candidates, idle };
}

function branchOf(skill: string): string {
  return `skill/${skill}`;
}

/** `main of origin` */
export function nameOf({ branch, remote }: Into): string {
  return remote ? `${branch} of ${remote}` : branch;
}
