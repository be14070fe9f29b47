import { named } from '../repository/named.js';
import type { Standing, StandingWorktree } from './standing.js';
import { quoted } from './worktree.js';

/**
 * What would be lost with a skill's branch and worktree, and what to do about that.
 * @param own ignored files whose content exists only in this worktree
 * @param mergeCommand what lands the branch
 * @returns undefined when nothing would be lost
 */
export function whyKept(
  standing: Standing,
  defaultBranch: string,
  own: readonly string[],
  mergeCommand: string,
): string | undefined {
  const { branch, worktree } = standing;
  if (worktree?.main) return `${branch} is kept: it is checked out in the main checkout.`;
  const reasons = [
    ...commitsLost(standing, defaultBranch, mergeCommand),
    ...(worktree ? [...workLost(worktree), ...filesLost(worktree, own)] : []),
  ];
  if (reasons.length === 0) return undefined;
  const remove = worktree ? `git worktree remove --force ${quoted(worktree.path)} && ` : '';
  return [
    `${branch} is kept:`,
    ...reasons.map((reason) => `  ${reason}`),
    `  To discard it: ${remove}git branch -D ${quoted(branch)}`,
  ].join('\n');
}

function commitsLost(
  { branch, ahead, unpushed }: Standing,
  defaultBranch: string,
  mergeCommand: string,
): string[] {
  if (ahead === 0) return [];
  const pushed =
    unpushed === 0
      ? ''
      : `, and ${unpushed === ahead ? 'no remote has them' : `${unpushed} of them are on no remote`}`;
  return [
    `${count(ahead, 'commit')} not in ${defaultBranch}${pushed}. See: git log ${quoted(`${defaultBranch}..${branch}`)}. Land: ${mergeCommand}`,
  ];
}

function workLost({ path, locked, changes, changed = [], underWay }: StandingWorktree): string[] {
  const at = `git -C ${quoted(path)}`;
  return [
    ...(changes === undefined
      ? ['its folder is missing or broken. Repair it first: run worktree without --remove']
      : []),
    ...(changes ? [`${count(changes, 'uncommitted change')}: ${named(changed)}. See: ${at} status`] : []),
    ...(underWay === undefined ? [] : [`${underWay} in progress. See: ${at} status`]),
    ...(locked === undefined
      ? []
      : [`locked${locked && ` (${locked})`}. Unlock: git worktree unlock ${quoted(path)}`]),
  ];
}

function filesLost({ path }: StandingWorktree, own: readonly string[]): string[] {
  if (own.length === 0) return [];
  return [
    `ignored by git, with content that exists only here: ${named(own)}. Copy what you need from ${quoted(path)}`,
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
