import type { LocalBranch } from '@odoobo/git-flow';
import { countSkills, shortDigest } from '../../terminal/format.js';
import type { Style } from '../../terminal/style.js';
import { table } from '../../terminal/table.js';
import { shortCommit, type SkillMerge } from './candidate.js';
import { nameOf, type Into } from './find-candidates.js';
import type { MergeRunResults } from './merge-skills.js';

/** What became of each skill, all of them in a sentence, and where the merges are. */
export function mergeTable({ results, into, report }: MergeRunResults, style: Style): string {
  const head = ['SKILL', 'RESULT', 'BRANCH', 'MERGE', 'DIGEST', 'DEPLOYMENT'].map((title) =>
    style.dim(title),
  );
  const rows = [...results].sort(bySkill).map((result) => rowOf(result, style));
  const lines = ['', ...table([head, ...rows]), '', style.bold(summary(results))];
  const landed = results.some(({ outcome }) => outcome === 'merged');
  const where = landed && report?.local ? whereTheyAre(into, report.local) : [];
  return [...lines, ...where, ''].map((line) => (line === '' ? '\n' : `  ${line}\n`)).join('');
}

function bySkill(a: SkillMerge, b: SkillMerge): number {
  return a.skill < b.skill ? -1 : 1;
}

function rowOf(result: SkillMerge, { green, red, dim }: Style): string[] {
  const { skill } = result;
  switch (result.outcome) {
    case 'nothing':
      return [skill, dim('nothing'), dim(result.why)];
    case 'refused':
      return [skill, red('refused'), result.branch, '-', '-', '-'];
    case 'merged': {
      const { branch, head, mergeCommit, proof } = result;
      const digest = proof?.digest === undefined ? '-' : shortDigest(proof.digest);
      const at = `${branch} ${shortCommit(head)}`;
      return [
        skill,
        green('merged'),
        at,
        shortCommit(mergeCommit),
        digest,
        proof?.deployment ?? 'not verified',
      ];
    }
  }
}

function summary(results: readonly SkillMerge[]): string {
  const words = { merged: 'merged', refused: 'refused', nothing: 'with nothing to merge' };
  const counts = Object.entries(words).flatMap(([outcome, word]) => {
    const number = results.filter((result) => result.outcome === outcome).length;
    return number > 0 ? [`${number} ${word}`] : [];
  });
  return `${countSkills(results.length)}: ${counts.join(', ')}.`;
}

/** Where the merges can be seen: a branch that does not follow must not look as if nothing had happened. */
function whereTheyAre(into: Into, local: LocalBranch): string[] {
  const { worktree } = local;
  if (local.follows) {
    const place = `On ${nameOf(into)}${worktree ? `, and in ${worktree}` : ''}.`;
    const { notPushedTo, branch } = into;
    return notPushedTo ? [place, `Not pushed. To push it: git push ${notPushedTo} ${branch}`] : [place];
  }
  const pull = worktree
    ? [`To follow later: git -C ${worktree} pull ${into.remote ?? ''} ${into.branch}`]
    : [];
  return [`On ${nameOf(into)}. ${into.branch} here stays where it was: ${local.why}.`, ...pull];
}
