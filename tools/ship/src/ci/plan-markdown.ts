import { wouldChange } from '@odoobo/app-platform';
import { showPrice } from '../apps/show-app.js';
import type { Plan, PlannedSkill } from '../plan/plan.js';
import { showChange, showDrift, showEarlier } from '../plan/show-changes.js';
import { showCost, showTotal } from '../plan/show-cost.js';
import { isEnough, showLoad } from '../plan/show-load.js';
import { printable } from '../terminal/printable.js';
import { escapeMarkdown, markdownBlock, markdownTable } from './markdown.js';

/** Longest details, in characters: GitHub allows 65,536 in a comment, and the table needs room too. */
const longestDetails = 40_000;

const words: Record<PlannedSkill['action'], string> = {
  create: '➕ create',
  update: '✏️ update',
  follow: '⏳ under way',
  none: 'no change',
  held: '✋ held',
  failed: '❌ cannot be planned',
};

/** A plan as a table, with the changes of each skill in a foldable section: for a comment on a pull request. */
export function planMarkdown(plan: Plan): string {
  if (plan.skills.length === 0) return '## Plan\n\nNo skill is affected: nothing would be deployed.\n';
  const { create, update, held, failed } = plan.summary;
  const counts = `${create} to create, ${update} to update${held > 0 ? `, ${held} held` : ''}${failed > 0 ? `, ${failed} cannot be planned` : ''}`;
  const rows = plan.skills.map((skill) => [
    escapeMarkdown(skill.skill),
    words[skill.action],
    skill.action === 'failed' ? '' : escapeMarkdown(showCost(skill.cost)),
  ]);
  const orphans = (plan.orphans ?? []).map(({ app, placement, cost }) => [
    escapeMarkdown(app),
    `🗑️ nothing: its ${placement === undefined ? 'skill' : 'placement'} was deleted`,
    escapeMarkdown(showPrice(cost)),
  ]);
  return [
    `## Plan for ${plan.environment ?? 'local'}: ${counts}\n`,
    markdownTable(['Skill', 'Deploy would', 'Cost'], [...rows, ...orphans]),
    `${escapeMarkdown(showTotal(plan))} Nothing was changed.\n`,
    ...details(plan.skills),
  ].join('\n');
}

/** The comment for a plan that failed. */
export function noPlanMarkdown(problem: string): string {
  return `## Plan\n\n❌ There is no plan:\n\n${markdownBlock(problem)}\nSee the log of this run.\n`;
}

/** The details of as many skills as fit. */
function details(skills: readonly PlannedSkill[]): string[] {
  const fitting: string[] = [];
  const blocks = skills.flatMap((skill) => detailsOf(skill) ?? []);
  let room = longestDetails;
  for (const block of blocks) {
    room -= block.length;
    if (room >= 0) fitting.push(block);
  }
  const left = blocks.length - fitting.length;
  return left === 0
    ? fitting
    : [...fitting, `The changes of ${left} more are in the log: they do not fit here.\n`];
}

function detailsOf(plan: PlannedSkill): string | undefined {
  const { skill, action, changes, drift, problem, refusal, earlier, load } = plan;
  const lines = [
    ...(problem?.split('\n').map(printable) ?? []),
    ...(refusal ? [printable(`deploy refuses this: ${refusal.message}`)] : []),
    ...changes.map(showChange),
    ...(earlier && wouldChange(plan) ? [showEarlier(earlier)] : []),
    ...(load && !isEnough(load) ? [showLoad(load)] : []),
    ...showDrift(drift),
  ];
  if (lines.length === 0) return undefined;
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  const summary = `<summary>${escapeMarkdown(skill)}: ${action === 'failed' ? 'what is wrong' : count}</summary>`;
  // Four spaces make a line code, whatever it contains.
  return `<details>${summary}\n\n${lines.map((line) => `    ${line}\n`).join('')}\n</details>\n`;
}
