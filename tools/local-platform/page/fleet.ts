import type { App, Deployment } from '@odoobo/app-platform/spec';
import type { Health, VitalsAnswer } from '../src/page/answers.js';
import type { Platform } from './platform.js';

/** Of apps whose newest deployment is over and did not get live, so many are asked for it in one reading. */
const askedAtOnce = 24;

export type Standing = 'trouble' | 'deploying' | 'idle' | 'live';

/** An app as the table shows it. */
export interface Row {
  app: App;
  standing: Standing;
  live?: Deployment;
  /** Under way. */
  coming?: Deployment;
  /** The newest, when it ended in ERROR or CANCELED. */
  over?: Deployment;
  health?: Health;
  instances?: number;
}

/** Reads all apps, with what the list does not tell of them. */
export class FleetReader {
  /** The newest deployments that ended without getting live, by app and time. */
  #over = new Map<string, Deployment>();

  constructor(private readonly platform: Platform) {}

  async read(signal: AbortSignal): Promise<Row[]> {
    const [apps, vitals] = await Promise.all([this.platform.apps(signal), this.platform.vitals(signal)]);
    await this.#readOver(apps.filter(endedOtherwise), signal);
    return apps.map((app) => rowOf(app, this.#over.get(keyOf(app)), vitals)).sort(byTrouble);
  }

  /** Each is asked for once: what is over stays as it is. */
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
 * The list tells only the active deployment and the one under way. Where there is a newer one than the active and none is
 * under way, that one ended in ERROR or was cancelled.
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
  const { health, instances } = apps[app.id] ?? {};
  return {
    app,
    standing: standingOf({ live, coming, over, health }),
    ...(live && { live }),
    ...(coming && { coming }),
    ...(over && { over }),
    ...(health && { health }),
    ...(instances !== undefined && { instances }),
  };
}

function standingOf(row: { [K in 'live' | 'coming' | 'over' | 'health']: Row[K] | undefined }): Standing {
  if (row.over?.phase === 'ERROR' || (row.live && row.health?.state === 'UNHEALTHY')) return 'trouble';
  if (row.coming) return 'deploying';
  return row.live ? 'live' : 'idle';
}

const order: Record<Standing, number> = { trouble: 0, deploying: 1, idle: 2, live: 3 };

/** What needs somebody's eyes comes first. */
export function byTrouble(a: Row, b: Row): number {
  return (
    order[a.standing] - order[b.standing] ||
    a.app.spec.name.localeCompare(b.app.spec.name, 'en', { numeric: true })
  );
}

/** Something that happened to an app. */
export interface Event {
  at: string;
  app: string;
  deployment: Deployment;
}

/** The last changes of phase that the apps tell of, newest first. */
export function lastEvents(rows: readonly Row[], atMost: number): Event[] {
  return rows
    .flatMap(({ app, live, coming, over }) =>
      [live, coming, over].flatMap((deployment): Event[] =>
        deployment?.phase_last_updated_at
          ? [{ at: deployment.phase_last_updated_at, app: app.spec.name, deployment }]
          : [],
      ),
    )
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, atMost);
}
