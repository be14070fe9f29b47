import type { MergeResult } from '@odoobo/git-flow';
import { goTo, shortCommit, type Candidate, type SkillMerge } from './candidate.js';
import type { Into } from './merge-skills.js';

type Unmerged = Exclude<MergeResult, { outcome: 'merged' | 'already-merged' }>;
type Refusal = Pick<Extract<SkillMerge, { outcome: 'refused' }>, 'reason' | 'files' | 'advice'>;

/** Why a branch did not land, and the commands that go on from there. */
export function refusalOf(
  result: Unmerged,
  where: Pick<Candidate, 'branch' | 'worktree'>,
  into: Into,
  suffix: string,
): Refusal {
  const { skill, branch, commit } = result;
  const again = [`npx nx deploy ${skill}${suffix}`, `npx nx merge ${skill}${suffix}`];
  switch (result.outcome) {
    case 'moved': {
      const now = result.now ? `moved to ${shortCommit(result.now)}` : 'was deleted';
      return {
        reason: `${branch} ${now} after ${shortCommit(commit)} was verified`,
        ...(result.now ? { advice: [goTo(where), ...again] } : {}),
      };
    }
    case 'check-failed':
      return {
        reason: `the tests fail with ${branch} and what was merged before it:\n${result.output}`,
        advice: [goTo(where), update(into), ...again],
      };
    case 'conflict':
      return {
        reason: `${branch} conflicts with ${into.branch}`,
        files: result.files,
        advice: [
          goTo(where),
          update(into),
          '# mend the files, then',
          'git add --all && git commit --no-edit',
          ...again,
        ],
      };
  }
}

function update({ branch, remote }: Into): string {
  return remote ? `git pull --no-rebase ${remote} ${branch}` : `git merge ${branch}`;
}
