import type { DefaultBranch, Standing, WorktreeResult } from '@odoobo/git-flow';
import { countSkills } from '../../terminal/format.js';
import type { Style } from '../../terminal/style.js';
import { table } from '../../terminal/table.js';

/** What became of each worktree, and all of them in a sentence. */
export function resultTable(results: readonly WorktreeResult[], style: Style): string {
  const head = ['SKILL', 'WORKTREE', 'BRANCH', 'PATH'];
  const rows = [...results].sort(bySkill).map((result) => {
    const word = wordOf(result);
    const shown = word === 'failed' ? style.red(word) : word === 'kept' ? word : style.green(word);
    return [result.skill, shown, result.branch, result.action === 'absent' ? '-' : result.path];
  });
  return lines(head, rows, `${countSkills(results.length)}: ${counts(results.map(wordOf))}.`, style);
}

/** How each branch stands to the default branch, and what is in its worktree. */
export function standingTable(standings: readonly Standing[], { name }: DefaultBranch, style: Style): string {
  const head = ['SKILL', 'BRANCH', 'AHEAD', 'BEHIND', 'NOT COMMITTED', 'MERGED', 'PATH'];
  const rows = [...standings].sort(bySkill).map((standing) => rowOf(standing, style));
  const worktrees = standings.filter(({ worktree }) => worktree).length;
  const sentence = `${countSkills(standings.length)}: ${worktrees} with a worktree. Ahead and behind: of ${name}.`;
  return lines(head, rows, sentence, style);
}

function rowOf({ skill, branch, commit, ahead, behind, worktree }: Standing, style: Style): string[] {
  if (commit === undefined) return [skill, '-', '-', '-', '-', '-', '-'];
  const merged = ahead === 0 ? style.green('yes') : style.yellow('no');
  return [skill, branch, String(ahead), String(behind), changesOf(worktree), merged, placeOf(worktree)];
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

function lines(head: readonly string[], rows: string[][], sentence: string, style: Style): string {
  const shown = table([head.map((title) => style.dim(title)), ...rows]);
  return ['', ...shown, '', style.bold(sentence), '']
    .map((line) => (line === '' ? '\n' : `  ${line}\n`))
    .join('');
}
