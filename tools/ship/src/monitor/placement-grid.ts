import type { Style } from '../terminal/style.js';
import { table } from '../terminal/table.js';
import { textWidth } from '../terminal/truncate.js';
import type { MonitorReport, MonitorRow } from './report.js';

/**
 * A table of skills and their placements: version, digest, health and drift of each app at a glance. If the placements are too
 * many for one line, each has a line. Nothing without placements.
 */
export function placementGrid({ skills: rows }: MonitorReport, style: Style, columns: number): string[] {
  const placed = rows.filter(({ placement }) => placement !== undefined);
  if (placed.length === 0) return [];
  const skills = named(placed, ({ of }) => of);
  const placements = named(placed, ({ name }) => name);
  const cells = new Map(placed.map((row) => [keyOf(row.placement), row]));
  const cell = (of: string, name: string) => cellOf(cells.get(keyOf({ of, name })), style);
  const wide = linesOf('SKILL', skills, placements, cell, style);
  const fits = wide.every((line) => textWidth(line) <= columns - 2);
  const lines = fits ? wide : linesOf('PLACEMENT', placements, skills, (name, of) => cell(of, name), style);
  return ['', ...lines.map((line) => `  ${line}`)];
}

function linesOf(
  title: string,
  down: readonly string[],
  across: readonly string[],
  cell: (down: string, across: string) => string,
  style: Style,
): string[] {
  return table([
    [title, ...across].map((head) => style.dim(head)),
    ...down.map((row) => [row, ...across.map((one) => cell(row, one))]),
  ]);
}

type Placed = NonNullable<MonitorRow['placement']>;

function named(rows: readonly MonitorRow[], of: (placement: Placed) => string): string[] {
  return [...new Set(rows.flatMap(({ placement }) => (placement ? of(placement) : [])))].sort();
}

function keyOf(placement: Placed | undefined): string {
  return `${placement?.of}/${placement?.name}`;
}

/** `1.4.0 0123456`, with what is wrong: `unhealthy`, `changed by someone else`. */
function cellOf(row: MonitorRow | undefined, style: Style): string {
  if (!row) return style.dim('-');
  const { live, health, status, drifted, lastFailed } = row;
  if (!live) return style[status === 'failed' ? 'red' : 'dim'](wordOf(status));
  const version = [health?.version, live.digest?.slice('sha256:'.length, 'sha256:'.length + 7)];
  const shown = version.filter((part) => part !== undefined).join(' ') || 'live';
  const trouble = status === 'unhealthy' || lastFailed;
  return [
    style[trouble ? 'red' : 'green'](trouble ? `${shown} ${wordOf(status)}` : shown),
    ...(status === 'deploying' ? [style.yellow('deploying')] : []),
    ...(drifted ? [style.yellow('changed by someone else')] : []),
  ].join(' ');
}

function wordOf(status: MonitorRow['status']): string {
  switch (status) {
    case 'undeployed':
      return 'not deployed';
    case 'failed':
      return 'last deploy failed';
    default:
      return status;
  }
}
