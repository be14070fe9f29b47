import { type App, type Standing, standingOf } from '@odoobo/app-platform';
import {
  type AppAlert,
  type AppHealth,
  type AppRestarts,
  type AppRollout,
  type MonitorEvent,
  type MonitorReport,
  type MonitorRow,
  type SkillStatus,
  statuses,
} from './report.js';

/** The results of this check and of earlier ones. */
export interface FleetSeen {
  /** Milliseconds since the epoch. */
  now: number;
  platform: string;
  /** Why the platform could not be read. */
  trouble?: string | undefined;
  /** The apps as they were last read; undefined if never. */
  last?: { apps: readonly App[]; at: number } | undefined;
  /** Names of the workspace's skills. */
  skills: readonly string[];
  /** What they are placements of, if they are. */
  placements?: ReadonlyMap<string, MonitorRow['placement']>;
  /** Apps of placements that someone else has changed. */
  drifted?: ReadonlySet<string>;
  /** By name of the app. */
  health: ReadonlyMap<string, AppHealth>;
  /** By name of the app; undefined if nothing was restarted. */
  restarts?: ReadonlyMap<string, AppRestarts>;
  /** By name of the app; undefined if none is raised. */
  alerts?: ReadonlyMap<string, readonly AppAlert[]>;
  /** By name of the app; undefined if none is live. */
  rollouts?: ReadonlyMap<string, AppRollout>;
  events: readonly MonitorEvent[];
}

/** Builds the report of a fleet. Pure. */
export function viewFleet(seen: FleetSeen): MonitorReport {
  const { now, platform, trouble, last, events } = seen;
  const skills = rowsOf(seen).sort(byNeed);
  const count = (status: SkillStatus) => skills.filter((row) => row.status === status).length;
  return {
    at: new Date(now).toISOString(),
    platform,
    ...(trouble !== undefined && { trouble }),
    ...(last && { seenAt: new Date(last.at).toISOString() }),
    success: trouble === undefined && skills.every(isWell),
    summary: Object.fromEntries(
      statuses.map((status) => [status, count(status)]),
    ) as MonitorReport['summary'],
    skills,
    events: [...events],
  };
}

/** Whether it needs no attention. */
function isWell({ status, lastFailed }: MonitorRow): boolean {
  return status !== 'unhealthy' && !lastFailed;
}

function rowsOf({
  skills,
  placements,
  drifted,
  last,
  health,
  restarts,
  alerts,
  rollouts,
}: FleetSeen): MonitorRow[] {
  const own = new Set(skills);
  const apps = new Map(last?.apps.map((app) => [app.spec.name, app]));
  return [...new Set([...own, ...apps.keys()])].map((skill) => {
    const app = apps.get(skill);
    const placement = placements?.get(skill);
    const common = { skill, inWorkspace: own.has(skill), ...(placement && { placement }) };
    const ended = restarts?.get(skill);
    const raised = alerts?.get(skill);
    const rollout = rollouts?.get(skill);
    if (app) {
      const fields = appFields(standingOf(app), health.get(skill));
      return {
        ...common,
        ...(drifted?.has(skill) && { drifted: true }),
        ...fields,
        ...(ended && { restarts: ended }),
        ...(raised && { alerts: [...raised] }),
        ...(rollout && { rollout }),
      };
    }
    return { ...common, status: last ? 'undeployed' : 'unknown', lastFailed: false, pinned: false };
  });
}

function appFields(
  standing: Standing,
  health: AppHealth | undefined,
): Omit<MonitorRow, 'skill' | 'inWorkspace'> {
  const { live, underWay, failed, pinned } = standing;
  return {
    status: statusOf(standing, health),
    ...(live && { live }),
    ...(underWay && { underWay }),
    lastFailed: failed,
    pinned,
    ...(live && health && { health }),
  };
}

function statusOf({ live, underWay, failed }: Standing, health: AppHealth | undefined): SkillStatus {
  if (live && health && !health.healthy) return 'unhealthy';
  if (failed) return 'failed';
  if (underWay) return 'deploying';
  return health ? 'healthy' : 'live';
}

function byNeed(a: MonitorRow, b: MonitorRow): number {
  return needOf(a) - needOf(b) || (a.skill < b.skill ? -1 : 1);
}

/** Healthy skills stay in alphabetical order. */
function needOf({ status }: MonitorRow): number {
  return Math.min(statuses.indexOf(status), statuses.indexOf('healthy'));
}
