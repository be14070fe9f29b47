import type { Change, LeftOut } from './change.js';
import type { FoundChanges, Omission } from './changes-in-journal.js';

const dayMs = 24 * 3_600_000;

/** The four figures of some apps. Times are in seconds; a figure without anything to count is null. */
export interface Figures {
  /** Verified deployments of a new version. */
  deployments: number;
  deploymentsPerDay: number;
  /** The median from a commit to its first verified deployment. */
  leadTimeSeconds: number | null;
  /** How many commits the lead time is of. */
  leadTimes: number;
  /** Of the versions that took traffic, the part that failed: 0 to 1. */
  changeFailureRate: number | null;
  /** Versions that took traffic, and those of them that failed. */
  changes: number;
  failures: number;
  /** The median from the first request to a version that failed, until a good one is live again. */
  timeToRestoreSeconds: number | null;
  /** How many failures that is of. */
  restored: number;
  /** Failures after which no good version has been live yet. */
  notRestored: number;
  /** Versions that failed before they took traffic: in none of the figures above. */
  failedBefore: number;
}

export interface Group extends Figures {
  name: string;
}

/** A day of the period, such as `2026-01-31`, UTC. */
export interface Day {
  day: string;
  deployments: number;
  failures: number;
}

/** What is in no figure, and how often. */
export type LeftOutOfFigures = Partial<
  Record<
    | LeftOut
    | 'commit not known'
    | 'commit not here'
    | 'commit after its deployment'
    | 'restored before it failed',
    number
  >
>;

export interface Delivery {
  environment: string;
  /** ISO times. */
  since: string;
  until: string;
  all: Figures;
  teams: Group[];
  skills: Group[];
  days: Day[];
  /** Of the deployments: verified by a run in these records, by one elsewhere, or only live. */
  verifiedBy: { journal: number; refs: number; unknown: number };
  leftOut: LeftOutOfFigures;
}

export interface FiguresOptions {
  environment: string;
  /** Milliseconds since 1970; changes that ended in between count. */
  since: number;
  until: number;
  /** When a commit was made, in milliseconds; none for one that is not in this clone. */
  committedAt: ReadonlyMap<string, number>;
  /** The teams of each skill. */
  teams: ReadonlyMap<string, readonly string[]>;
}

/** Computes the figures: of all, of each team and of each skill that has changed. */
export function deliveryFigures(
  { changes: all, omissions }: FoundChanges,
  options: FiguresOptions,
): Delivery {
  const { environment, since, until, teams } = options;
  const leadTimes = leadTimesIn(all, options.committedAt);
  const isWithin = (at: number) => at >= since && at <= until;
  const changes = all.filter(({ endedAt }) => isWithin(endedAt));
  const of = (some: readonly Change[]) => figuresOf(some, leadTimes, (until - since) / dayMs);
  const grouped = (names: (change: Change) => readonly string[]) =>
    [...new Set(changes.flatMap(names))]
      .sort()
      .map((name) => ({ name, ...of(changes.filter((change) => names(change).includes(name))) }));
  return {
    environment,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    all: of(changes),
    teams: grouped(({ skill }) => teams.get(skill) ?? []),
    skills: grouped(({ skill }) => [skill]),
    days: daysOf(changes, since, until),
    verifiedBy: verifiedBy(changes),
    leftOut: leftOut(
      changes,
      leadTimes,
      omissions.filter(({ at, why }) => why === 'clock' || isWithin(at)),
    ),
  };
}

/** A change counts on the day on which it ended, as in the figures. */
function daysOf(changes: readonly Change[], since: number, until: number): Day[] {
  const days = new Map<string, Day>();
  for (let at = since; at < until + dayMs; at += dayMs) {
    const day = dayOf(Math.min(at, until));
    days.set(day, { day, deployments: 0, failures: 0 });
  }
  for (const { endedAt, end, failed } of changes) {
    const day = days.get(dayOf(endedAt));
    if (day && end === 'deployed') day.deployments += 1;
    if (day && failed && end !== 'failed-before') day.failures += 1;
  }
  return [...days.values()];
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

type LeadTime = number | 'repeated' | 'commit not known' | 'commit not here' | 'commit after its deployment';

/** Of each verified deployment, in milliseconds. Only the first one of a commit brings it to users. */
function leadTimesIn(
  changes: readonly Change[],
  committedAt: ReadonlyMap<string, number>,
): ReadonlyMap<Change, LeadTime> {
  const seen = new Set<string>();
  const leadTimes = new Map<Change, LeadTime>();
  for (const change of changes) {
    if (change.end !== 'deployed') continue;
    const { app, commit, endedAt } = change;
    const isRepeated = commit !== undefined && seen.has(`${app} ${commit}`);
    seen.add(`${app} ${commit ?? ''}`);
    leadTimes.set(change, isRepeated ? 'repeated' : leadTimeOf(commit, endedAt, committedAt));
  }
  return leadTimes;
}

function leadTimeOf(
  commit: string | undefined,
  endedAt: number,
  committedAt: ReadonlyMap<string, number>,
): LeadTime {
  if (commit === undefined) return 'commit not known';
  const from = committedAt.get(commit);
  if (from === undefined) return 'commit not here';
  return from > endedAt ? 'commit after its deployment' : endedAt - from;
}

function figuresOf(
  changes: readonly Change[],
  leadTimes: ReadonlyMap<Change, LeadTime>,
  days: number,
): Figures {
  const deployed = changes.filter(({ end }) => end === 'deployed');
  const tookTraffic = changes.filter(({ end }) => end !== 'failed-before');
  const failures = tookTraffic.filter(({ failed }) => failed);
  const leads = deployed.flatMap((change) => {
    const lead = leadTimes.get(change);
    return typeof lead === 'number' ? [lead] : [];
  });
  const restores = failures.flatMap((change) => restoreTimeOf(change) ?? []);
  return {
    deployments: deployed.length,
    deploymentsPerDay: deployed.length / days,
    leadTimeSeconds: seconds(median(leads)),
    leadTimes: leads.length,
    changeFailureRate: tookTraffic.length === 0 ? null : failures.length / tookTraffic.length,
    changes: tookTraffic.length,
    failures: failures.length,
    timeToRestoreSeconds: seconds(median(restores)),
    restored: restores.length,
    notRestored: failures.filter(({ restoredAt }) => restoredAt === undefined).length,
    failedBefore: changes.length - tookTraffic.length,
  };
}

/** In milliseconds; undefined where a wrong clock has written an end before the beginning. */
function restoreTimeOf({ liveAt, endedAt, restoredAt }: Change): number | undefined {
  if (restoredAt === undefined) return undefined;
  const took = restoredAt - (liveAt ?? endedAt);
  return took < 0 ? undefined : took;
}

function verifiedBy(changes: readonly Change[]): Delivery['verifiedBy'] {
  const deployed = changes.filter(({ end }) => end === 'deployed');
  const journal = deployed.filter(({ verified }) => verified === 'journal').length;
  const refs = deployed.filter(({ verified }) => verified === 'ref').length;
  return { journal, refs, unknown: deployed.length - journal - refs };
}

function leftOut(
  changes: readonly Change[],
  leadTimes: ReadonlyMap<Change, LeadTime>,
  omissions: readonly Omission[],
): LeftOutOfFigures {
  const without = changes.flatMap((change): (keyof LeftOutOfFigures)[] => {
    const lead = leadTimes.get(change);
    const backwards = change.restoredAt !== undefined && restoreTimeOf(change) === undefined;
    return [
      ...(typeof lead === 'string' && lead !== 'repeated' ? [lead] : []),
      ...(backwards ? (['restored before it failed'] as const) : []),
    ];
  });
  const counts: LeftOutOfFigures = {};
  for (const why of [...omissions.map((one) => one.why), ...without]) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function seconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : milliseconds / 1000;
}
