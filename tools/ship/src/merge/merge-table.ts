import type { LocalBranch } from '@odoobo/git-flow';
import { countSkills, shortDigest } from '../terminal/format.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';
import { type Into, nameOf } from './find-candidates.js';
import { shortCommit, type SkillMerge } from './merge-run.js';
import type { MergeRunResults } from './merge-skills.js';

/** The result of each skill, a summary, and where the merges are. */
export function mergeTable({ results, into, report }: MergeRunResults, look: ResultLook): string {
  const landed = results.some(({ outcome }) => outcome === 'merged');
  const where = landed && report?.local ? whereTheyAre(into, report.local) : [];
  const sentences = [summary(results), ...where];
  return resultTable(columnsOf(look.style), [...results].sort(bySkill), sentences, look);
}

function bySkill(a: SkillMerge, b: SkillMerge): number {
  return a.skill < b.skill ? -1 : 1;
}

function columnsOf({ green, red, dim }: Style): Column<SkillMerge>[] {
  const paint = { merged: green, refused: red, nothing: dim };
  return [
    { title: 'SKILL', cell: ({ skill }) => skill },
    { title: 'RESULT', cell: ({ outcome }) => paint[outcome](outcome) },
    { title: 'BRANCH', cell: (merge) => branchCell(merge, dim), below: true },
    { title: 'MERGE', cell: ofMerged(({ mergeCommit }) => shortCommit(mergeCommit)), drop: 3 },
    {
      title: 'DIGEST',
      cell: ofMerged(({ proof }) => (proof?.digest ? shortDigest(proof.digest) : '-')),
      drop: 1,
    },
    {
      title: 'DEPLOYMENT',
      cell: ofMerged(({ proof }) => proof?.deployment ?? 'not verified'),
      short: { title: 'VERIFIED', cell: ofMerged(({ proof }) => (proof ? 'yes' : 'no')) },
      drop: 2,
    },
  ];
}

type Merged = Extract<SkillMerge, { outcome: 'merged' }>;

/** A cell for merged branches only. */
function ofMerged(cell: (merge: Merged) => string): (merge: SkillMerge) => string {
  return (merge) => {
    if (merge.outcome === 'merged') return cell(merge);
    return merge.outcome === 'refused' ? '-' : '';
  };
}

function branchCell(merge: SkillMerge, dim: Style['dim']): string {
  if (merge.outcome === 'nothing') return dim(merge.why);
  return merge.outcome === 'merged' ? `${merge.branch} ${shortCommit(merge.head)}` : merge.branch;
}

function summary(results: readonly SkillMerge[]): string {
  const words = { merged: 'merged', refused: 'refused', nothing: 'with nothing to merge' };
  const counts = Object.entries(words).flatMap(([outcome, word]) => {
    const number = results.filter((result) => result.outcome === outcome).length;
    return number > 0 ? [`${number} ${word}`] : [];
  });
  return `${countSkills(results.length)}: ${counts.join(', ')}.`;
}

/** Says where the merges are, and if the local branch was not moved. */
function whereTheyAre(into: Into, local: LocalBranch): string[] {
  const { worktree } = local;
  if (local.follows) {
    const place = `On ${nameOf(into)}${worktree ? `, and in ${worktree}` : ''}.`;
    const { notPushedTo, branch } = into;
    return notPushedTo ? [place, `Not pushed. To push it: git push ${notPushedTo} ${branch}`] : [place];
  }
  const pull = worktree
    ? [`To update it later: git -C ${worktree} pull ${into.remote ?? ''} ${into.branch}`]
    : [];
  return [`On ${nameOf(into)}. ${into.branch} here was not moved: ${local.why}.`, ...pull];
}
