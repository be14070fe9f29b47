import { type MergeResult, quoted } from '@odoobo/git-flow';
import { suffixOf } from '../runs/live-skills.js';
import type { Into } from './find-candidates.js';
import { type Candidate, type RefusedMerge, shortCommit } from './merge-run.js';
import type { MergeOptions } from './options.js';

type Unmerged = Exclude<MergeResult, { outcome: 'merged' | 'already-merged' }>;
type Refusal = Pick<RefusedMerge, 'reason' | 'files' | 'advice'>;

/** The options of advised commands, so that they match this run. */
export interface Suffixes {
  deploy: string;
  merge: string;
}

export function suffixesOf(options: MergeOptions): Suffixes {
  const deploy = suffixOf(options);
  return { deploy, merge: options.push ? deploy : `${deploy} --no-push` };
}

/** Why a branch was not merged, and the commands to continue with. */
export function refusalOf(result: Unmerged, candidate: Candidate, into: Into, suffixes: Suffixes): Refusal {
  const { branch, commit } = result;
  const [goTo, ...again] = proveAgain(candidate, suffixes);
  switch (result.outcome) {
    case 'moved': {
      const now = result.now ? `moved to ${shortCommit(result.now)}` : 'was deleted';
      const reason = `${branch} ${now} after ${shortCommit(commit)} was verified`;
      return { reason, advice: result.now ? [goTo, ...again] : [] };
    }
    case 'check-failed':
      return {
        reason: `the tests fail with ${branch} and what was merged before it:\n${result.output}`,
        advice: [goTo, update(into), ...again],
      };
    case 'unrelated':
      return {
        reason: `${branch} and ${into.branch} have no history in common, so git cannot tell what ${branch} has changed`,
        advice: [goTo, update(into, '--allow-unrelated-histories'), ...again],
      };
    case 'failed':
      return {
        reason: `git could not merge ${branch}. It needs git 2.38 or newer. Git said: ${result.why}`,
        advice: [goTo, update(into), ...again],
      };
    case 'conflict':
      return {
        reason: `${branch} conflicts with ${into.branch}`,
        files: result.files,
        advice: [goTo, update(into), '# fix the files, then', 'git commit --all --no-edit', ...again],
      };
  }
}

/** The commands that switch to the branch, deploy its head and merge it. */
export function proveAgain(
  { branch, worktree, place }: Candidate,
  suffixes: Suffixes,
): [string, ...string[]] {
  return [
    worktree ? `cd ${quoted(worktree)}` : `git switch ${branch}`,
    `${place.command('deploy')}${suffixes.deploy}`,
    `${place.command('merge')}${suffixes.merge}`,
  ];
}

function update({ branch, remote }: Into, ...flags: string[]): string {
  const command = remote
    ? ['git pull --no-rebase', ...flags, remote, branch]
    : ['git merge', ...flags, branch];
  return command.join(' ');
}
