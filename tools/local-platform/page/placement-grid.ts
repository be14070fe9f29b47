import type { Placed, PlacementsAnswer } from '../src/page/placement-answers.js';
import type { Row } from './fleet.js';

/** An app that is a placement of a skill. */
export interface PlacedRow {
  row: Row;
  placed: Placed;
  /** What the placement is called: its environment too, where there are several. */
  placement: string;
}

/** Skills down, placements across. */
export interface PlacementGrid {
  /** By name. */
  placements: string[];
  skills: { skill: string; cells: (PlacedRow | undefined)[] }[];
}

/** The apps that are placements, by skill and placement. */
export function placedRows(rows: readonly Row[], { apps }: PlacementsAnswer): PlacedRow[] {
  const placed = rows.flatMap((row) => {
    const one = apps[row.app.id];
    return one ? [{ row, placed: one }] : [];
  });
  const environments = new Set(placed.map((one) => one.placed.environment));
  return placed
    .map((one) => ({ ...one, placement: nameOf(one.placed, environments.size > 1) }))
    .sort((a, b) => compare(a.placed.of, b.placed.of) || compare(a.placement, b.placement));
}

/** The same as a table. */
export function gridOf(rows: readonly PlacedRow[]): PlacementGrid {
  const placements = [...new Set(rows.map(({ placement }) => placement))].sort(compare);
  const cells = new Map(rows.map((one) => [keyOf(one.placed.of, one.placement), one]));
  const skills = [...new Set(rows.map(({ placed }) => placed.of))];
  return {
    placements,
    skills: skills.map((skill) => ({
      skill,
      cells: placements.map((placement) => cells.get(keyOf(skill, placement))),
    })),
  };
}

function keyOf(skill: string, placement: string): string {
  return `${skill}/${placement}`;
}

function nameOf({ environment, name = 'default' }: Placed, withEnvironment: boolean): string {
  return withEnvironment ? `${environment} ${name}` : name;
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
