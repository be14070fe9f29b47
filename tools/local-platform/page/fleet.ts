import type { App, Deployment } from '@odoobo/app-platform/spec';
import type { Health, Restarts, VitalsAnswer } from '../src/page/answers.js';
import { failedStep } from './deployment.js';
import { withShortIds } from './format.js';
import type { Platform } from './platform.js';
import { platformNow } from './platform-time.js';

/** How many newest deployments that ended without getting live are requested in one reading. */
const askedAtOnce = 24;

/** How long a restart counts as trouble. */
const recentMs = 5 * 60_000;

export type Standing = 'trouble' | 'deploying' | 'idle' | 'live';

/** An app as the table shows it. */
export interface Row {
  app: App;
  standing: Standing;
  live?: Deployment;
  /** In progress. */
  coming?: Deployment;
  /** The newest, when it ended in ERROR or CANCELED. */
  over?: Deployment;
  health?: Health;
  restarts?: Restarts;
  instances?: number;
}

/** Reads all apps, with data that the list does not contain. */
export class FleetReader {
  /** The newest deployments that ended without getting live, by app and time. */
  #over = new Map<string, Deployment>();

  constructor(private readonly platform: Platform) {}

  async read(signal: AbortSignal): Promise<Row[]> {
    const [apps, vitals] = await Promise.all([this.platform.apps(signal), this.platform.vitals(signal)]);
    await this.#readOver(apps.filter(endedOtherwise), signal);
    return apps.map((app) => rowOf(app, this.#over.get(keyOf(app)), vitals)).sort(byTrouble);
  }

  /** Each is requested once: an ended deployment does not change. */
  async #readOver(apps: readonly App[], signal: AbortSignal): Promise<void> {
    const known = apps.flatMap((app) => {
      const over = this.#over.get(keyOf(app));
      return over ? [[keyOf(app), over] as const] : [];
    });
    const asked = apps.filter((app) => !this.#over.has(keyOf(app))).slice(0, askedAtOnce);
    const answers = asked.map(async (app) => {
      // It may have been deleted meanwhile.
      const [newest] = await this.platform.deployments(app.id, signal, 1).catch(() => []);
      return newest ? [[keyOf(app), newest] as const] : [];
    });
    this.#over = new Map([...known, ...(await Promise.all(answers)).flat()]);
  }
}

/**
 * The list contains only the active deployment and the one in progress. If there is a newer one than the active and none is in
 * progress, the newer one ended in ERROR or was cancelled.
 */
function endedOtherwise(app: App): boolean {
  const { active_deployment: live, last_deployment_created_at: newest } = app;
  return newest !== undefined && newest !== live?.created_at && !comingOf(app);
}

function comingOf(app: App): Deployment | undefined {
  return app.in_progress_deployment ?? app.pending_deployment;
}

function keyOf({ id, last_deployment_created_at: at }: App): string {
  return `${id} ${at}`;
}

export function rowOf(app: App, over: Deployment | undefined, { apps }: VitalsAnswer): Row {
  const live = app.active_deployment;
  const coming = comingOf(app);
  const { health, restarts, instances } = apps[app.id] ?? {};
  const row = {
    app,
    ...(live && { live }),
    ...(coming && { coming }),
    ...(over && { over }),
    ...(health && { health }),
    ...(restarts && { restarts }),
    ...(instances !== undefined && { instances }),
  };
  return { ...row, standing: standingOf(row) };
}

function standingOf({ live, coming, over, health, restarts }: Omit<Row, 'standing'>): Standing {
  const crashes = restarts !== undefined && platformNow() - Date.parse(restarts.at) < recentMs;
  if (over?.phase === 'ERROR' || (live && (health?.state === 'UNHEALTHY' || crashes))) return 'trouble';
  if (coming) return 'deploying';
  return live ? 'live' : 'idle';
}

const order: Record<Standing, number> = { trouble: 0, deploying: 1, idle: 2, live: 3 };

/** Apps that need attention come first. */
export function byTrouble(a: Row, b: Row): number {
  return (
    order[a.standing] - order[b.standing] ||
    a.app.spec.name.localeCompare(b.app.spec.name, 'en', { numeric: true })
  );
}

/** Something that happened to an app. */
export interface Event {
  /** Unique. */
  id: string;
  at: string;
  app: string;
  /** Such as `ACTIVE`. */
  what: string;
  detail: string;
}

/** The last changes of phase and restarts of the apps, newest first. */
export function lastEvents(rows: readonly Row[], atMost: number): Event[] {
  return rows
    .flatMap(({ app: { spec }, live, coming, over, restarts }) => [
      ...[live, coming, over].flatMap((one) => (one ? phaseEvents(spec.name, one) : [])),
      ...(restarts ? [restartEvent(spec.name, restarts)] : []),
    ])
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, atMost);
}

function phaseEvents(app: string, deployment: Deployment): Event[] {
  const { id, phase = 'UNKNOWN', cause = '', phase_last_updated_at: at } = deployment;
  if (at === undefined) return [];
  const reason = failedStep(deployment)?.reason;
  const why = reason ? ` · ${reason.code}: ${reason.message}` : '';
  return [{ id: `${id} ${phase}`, at, app, what: phase, detail: withShortIds(cause) + why }];
}

function restartEvent(app: string, { at, component, cause }: Restarts): Event {
  return { id: `${app} ${at}`, at, app, what: 'RESTARTED', detail: `${component} ${cause}` };
}
