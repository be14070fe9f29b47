import type { DefaultBranch, Standing, WorktreeResult } from '@odoobo/git-flow';
import { countSkills } from '../terminal/format.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';

/** The result of each worktree, and a summary. */
export function worktreeTable(results: readonly WorktreeResult[], look: ResultLook): string {
  const { red, green } = look.style;
  const shown = (result: WorktreeResult) => {
    const word = wordOf(result);
    return word === 'failed' ? red(word) : word === 'kept' ? word : green(word);
  };
  const columns: Column<WorktreeResult>[] = [
    { title: 'SKILL', cell: ({ skill }) => skill },
    { title: 'WORKTREE', cell: shown },
    { title: 'BRANCH', cell: ({ branch }) => branch, drop: 1 },
    { title: 'PATH', cell: ({ action, path }) => (action === 'absent' ? '-' : path), below: true },
  ];
  const sentence = `${countSkills(results.length)}: ${counts(results.map(wordOf))}.`;
  return resultTable(columns, [...results].sort(bySkill), [sentence], look);
}

/** Each branch compared with the default branch, and the changes in its worktree. */
export function standingTable(
  standings: readonly Standing[],
  { name }: DefaultBranch,
  look: ResultLook,
): string {
  const worktrees = standings.filter(({ worktree }) => worktree).length;
  const sentence = `${countSkills(standings.length)}: ${worktrees} with a worktree. Ahead and behind: of ${name}.`;
  return resultTable(standingColumns(look.style), [...standings].sort(bySkill), [sentence], look);
}

function standingColumns({ green, yellow }: Style): Column<Standing>[] {
  const changes = ofBranch(({ worktree }) => changesOf(worktree));
  return [
    { title: 'SKILL', cell: ({ skill }) => skill },
    { title: 'BRANCH', cell: ofBranch(({ branch }) => branch), drop: 1 },
    { title: 'AHEAD', cell: ofBranch(({ ahead }) => String(ahead)) },
    { title: 'BEHIND', cell: ofBranch(({ behind }) => String(behind)) },
    { title: 'UNCOMMITTED', cell: changes, short: { title: 'CHANGES', cell: changes } },
    { title: 'MERGED', cell: ofBranch(({ ahead }) => (ahead === 0 ? green('yes') : yellow('no'))) },
    { title: 'PATH', cell: ofBranch(({ worktree }) => placeOf(worktree)), below: true },
  ];
}

/** Empty for a skill without a branch. */
function ofBranch(cell: (standing: Standing) => string): (standing: Standing) => string {
  return (standing) => (standing.commit === undefined ? '-' : cell(standing));
}

function changesOf(worktree: Standing['worktree']): string {
  if (!worktree) return '-';
  return worktree.changes === undefined ? 'broken' : String(worktree.changes);
}

function placeOf(worktree: Standing['worktree']): string {
  if (!worktree) return '-';
  const { path, main, locked, underWay } = worktree;
  const notes = [
    ...(main ? ['main checkout'] : []),
    ...(locked === undefined ? [] : ['locked']),
    ...(underWay ? [underWay] : []),
  ];
  return notes.length > 0 ? `${path} (${notes.join(', ')})` : path;
}

function wordOf({ action, error }: WorktreeResult): string {
  return error === undefined ? (action ?? 'failed') : 'failed';
}

function counts(words: readonly string[]): string {
  const distinct = [...new Set(words)].sort();
  return distinct.map((word) => `${words.filter((one) => one === word).length} ${word}`).join(', ');
}

function bySkill(a: { skill: string }, b: { skill: string }): number {
  return a.skill < b.skill ? -1 : 1;
}
