import type { RouterState } from '@odoobo/app-platform';
import { countSkills } from '../terminal/format.js';
import { printable } from '../terminal/printable.js';
import { type ResultLook, resultTable } from '../terminal/result-table.js';
import type { Style } from '../terminal/style.js';
import type { Column } from '../terminal/table.js';
import type { SteeredSkill } from './steer-skills.js';

/** How far the rollout of each skill is, and what it waits for. */
export function rolloutTable(skills: readonly SteeredSkill[], look: ResultLook): string {
  const rows = [...skills].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  const going = rows.filter(({ state }) => state);
  const about = going.flatMap(({ skill, state }) => {
    const because = state?.out?.because ?? state?.held?.because ?? state?.verdict.because;
    const said = because === undefined ? [] : [printable(because)];
    return [...said, ...missingRouters(state)].map((sentence) => `${skill}: ${sentence}`);
  });
  const summary = `${countSkills(rows.length)}: ${going.length} with a rollout under way.`;
  return resultTable(columnsOf(look.style), rows, [summary, ...about], look);
}

function columnsOf({ red, yellow, green }: Style): Column<SteeredSkill>[] {
  const paint: Record<string, (text: string) => string> = { out: red, held: yellow, done: green };
  return [
    { title: 'SKILL', cell: ({ skill }) => skill },
    {
      title: 'ROLLOUT',
      cell: ({ state, trouble }) =>
        state ? (paint[state.phase]?.(state.phase) ?? state.phase) : trouble ? red('no answer') : 'none',
    },
    {
      title: 'STEP',
      cell: ({ state }) => (state?.step ? `${state.step.index + 1}/${state.step.of}` : '-'),
    },
    { title: 'WEIGHT', cell: ({ state }) => (state ? `${state.weight} %` : '-') },
    { title: 'WAITS FOR', cell: ({ state }) => state?.step?.waitsFor.join(', ') || '-', drop: 3 },
    { title: 'CANARY', cell: ({ state }) => counts(state?.variants.canary) },
    { title: 'LIVE', cell: ({ state }) => counts(state?.variants.live), drop: 4 },
    { title: 'VERDICT', cell: ({ state }) => state?.verdict.answer ?? '-', drop: 2 },
    { title: 'ROUTERS', cell: ({ state }) => routersOf(state), drop: 1 },
  ];
}

function routersOf(state: RouterState | undefined): string {
  const { heard, expected } = state?.routers ?? {};
  return heard && expected !== undefined ? `${heard.length} of ${expected}` : '-';
}

/** A sentence where some routers were not heard of lately. */
export function missingRouters(state: Pick<RouterState, 'routers'> | undefined): string[] {
  const { heard = [], expected = 0 } = state?.routers ?? {};
  if (heard.length >= expected) return [];
  return [
    `Only ${heard.length} of ${expected} routers were heard of in the last half minute: requests of the others may be missing.`,
  ];
}

function counts(of: { requests: number; failures: number } | undefined): string {
  return of ? `${of.failures} of ${of.requests} failed` : '-';
}
