import type { ProcessIdentity } from '@odoobo/machine/process';
import { linkOf } from '@odoobo/machine/process-table';
import { sep } from 'node:path';
import type { Mark, MarkedRow } from './mark.js';
import { withoutLinks } from './without-links.js';

/** How to identify the processes of an instance or a platform. */
export interface Belonging {
  /** It carries a mark of which this is true. */
  owns(mark: Mark): boolean;
  /** It is of the group or the session of this one. */
  leader?: ProcessIdentity | undefined;
  /** It works in one of these folders, or writes into one of these files or something in these folders. On Linux only. */
  traces?: readonly string[];
}

/** Identifies a process until the machine restarts. */
export function keyOf({ pid, startTime }: Pick<MarkedRow, 'pid' | 'startTime'>): string {
  return `${pid} ${startTime}`;
}

/**
 * The members in a process table, without zombies and this process. A mark decides. A process without one (a service may
 * clear its environment or write its title over it) is identified by its ancestors, group and session.
 * @param known what was found of them before, by `keyOf`
 */
export function membersOf(
  rows: readonly MarkedRow[],
  belonging: Belonging,
  known: ReadonlySet<string> = new Set(),
): MarkedRow[] {
  const isLed = ledBy(rows, belonging.leader);
  const traces = (belonging.traces ?? []).map(withoutLinks);
  const isFirst = (row: MarkedRow): boolean =>
    isLed(row) ||
    (typeof row.mark === 'object'
      ? belonging.owns(row.mark)
      : known.has(keyOf(row)) || leavesTraces(row, traces));
  const running = rows.filter(({ pid, zombie }) => !zombie && pid !== process.pid);
  return withDescendants(running.filter(isFirst), running);
}

/** Where the leader's pid has been given out again, its group and its session are gone. */
function ledBy(rows: readonly MarkedRow[], leader: ProcessIdentity | undefined): (row: MarkedRow) => boolean {
  const holder = rows.find(({ pid }) => pid === leader?.pid);
  if (!leader || (holder && holder.startTime !== leader.startTime)) return () => false;
  return ({ group, session }) => group === leader.pid || session === leader.pid;
}

/** A process that carries a mark of its own belongs to that alone, and so does what comes from it. */
function withDescendants(first: readonly MarkedRow[], running: readonly MarkedRow[]): MarkedRow[] {
  const members = new Map(first.map((row) => [row.pid, row]));
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const row of running) {
      if (typeof row.mark !== 'object' && members.has(row.parent)) members.set(row.pid, row);
    }
  }
  return [...members.values()];
}

/** Only for a process without environment: everything else may be a person's shell, or a program that reads a log. */
function leavesTraces({ pid, group, mark }: MarkedRow, traces: readonly string[]): boolean {
  // The threads of the kernel have no environment either, and no group.
  if (mark !== 'unknown' || traces.length === 0 || group === 0) return false;
  const places = ['cwd', 'fd/1', 'fd/2'].map((name) => linkOf(`/proc/${pid}/${name}`));
  return places.some((place) => traces.some((trace) => place === trace || place.startsWith(trace + sep)));
}
