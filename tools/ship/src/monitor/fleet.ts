import { type App, hasDrifted, rolloutEvent, rolloutOf, steerRollout } from '@odoobo/app-platform';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import pLimit from 'p-limit';
import type { SkillPlace } from '../manifest/skill-place.js';
import { defaultPlacement, isLocal } from '../placement/environment.js';
import { readRecorded } from '../plan/recorded.js';
import { connectToRunning, NotRunningError, type Platform } from '../platform/connect.js';
import { Journal } from '../records/journal.js';
import { rolloutStatus } from '../records/rollout-status.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { keyTrouble, readSecrets } from '../rollout/rollout-key.js';
import { describeError } from '../terminal/describe-error.js';
import { printable } from '../terminal/printable.js';
import { type Askable, askableOf, askApp, readHealthPaths } from './ask-health.js';
import { lastEvents } from './last-events.js';
import type { MonitorOptions } from './options.js';
import type { AppAlert, AppHealth, AppRollout, MonitorReport, MonitorRow } from './report.js';
import { RestartWatch } from './restarts.js';
import { viewFleet } from './view-fleet.js';

/** The longest time for the list of apps, in milliseconds, unless the interval is longer. */
const listMs = 10_000;

/** The longest time for a service's answer, in milliseconds, unless the interval is shorter. */
const answerMs = 5_000;

/** How many services are checked at once: each takes a connection. */
const atOnce = 64;

export interface FleetOptions {
  workspaceRoot: string;
  /** The skills of the workspace. */
  places: readonly SkillPlace[];
  options: MonitorOptions;
  env: NodeJS.ProcessEnv;
}

/** The known state of all apps of a platform, and of the skills of this workspace that should be there. */
export class Fleet {
  readonly #health = new Map<string, AppHealth>();
  readonly #restarts = new RestartWatch();
  #rollouts: ReadonlyMap<string, AppRollout> = new Map();
  #alerts: ReadonlyMap<string, readonly AppAlert[]> = new Map();
  #drifted: ReadonlySet<string> = new Set();
  #label: string;
  #trouble: string | undefined;
  #last: { apps: readonly App[]; at: number } | undefined;

  private constructor(
    readonly setup: FleetOptions,
    readonly healthPaths: ReadonlyMap<string, string>,
  ) {
    this.#label = isLocal(setup.options.environment) ? 'the local platform' : 'App Platform';
  }

  static async open(setup: FleetOptions): Promise<Fleet> {
    return new Fleet(setup, await readHealthPaths(setup.places));
  }

  /**
   * Reads the platform, one call per 200 apps, then checks the health of each live service. A platform that cannot be
   * read and a service that is not healthy are part of the report.
   * @throws the signal's reason when it is aborted; an error when the options do not name a platform
   */
  async look(signal: AbortSignal): Promise<void> {
    const platform = await this.#connect();
    this.#trouble = typeof platform === 'string' ? platform : await this.#readApps(platform, signal);
    const live = (this.#last?.apps ?? []).flatMap((app) => askableOf(app, this.healthPaths) ?? []);
    this.#forgetAllBut(live);
    const limit = pLimit(atOnce);
    await Promise.all([
      ...live.map((app) => limit(() => this.#ask(app, signal))),
      this.#askRollouts(this.#last?.apps ?? [], signal),
    ]);
  }

  /** The current state, also during a check. */
  report(): MonitorReport {
    const { options, places, workspaceRoot } = this.setup;
    return viewFleet({
      now: systemClock.now(),
      platform: this.#label,
      trouble: this.#trouble,
      last: this.#last,
      skills: places.map(({ skill }) => skill),
      placements: new Map(places.map((place) => [place.skill, placementOf(place)])),
      drifted: this.#drifted,
      health: this.#health,
      restarts: this.#restarts.known,
      alerts: this.#alerts,
      rollouts: this.#rollouts,
      events: lastEvents(workspaceFolders(workspaceRoot).journal, options.environment),
    });
  }

  /** Connects for each check: a restarted local platform has another address. @returns the reason if there is none */
  async #connect(): Promise<Platform | string> {
    const { options, workspaceRoot, env } = this.setup;
    try {
      return await connectToRunning(options, workspaceFolders(workspaceRoot), env);
    } catch (error) {
      if (error instanceof NotRunningError) return error.message;
      throw error;
    }
  }

  /** @returns what is wrong with the platform, if anything */
  async #readApps(platform: Platform, signal: AbortSignal): Promise<string | undefined> {
    const { client, label } = platform;
    this.#label = label;
    const withinMs = Math.max(listMs, this.setup.options.interval * 1000);
    const deadline = startDeadline(systemClock, withinMs, signal);
    try {
      const apps = await client.listApps({ signal: deadline.signal });
      this.#last = { apps, at: systemClock.now() };
      this.#drifted = this.#driftedOf(apps);
      await this.#restarts.look(platform, apps, deadline.signal);
      this.#alerts = await readRaised(platform, apps, deadline.signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      const late = `${label} did not answer within ${withinMs / 1000} s.`;
      return error === deadline.passed ? late : describeError(error);
    } finally {
      deadline.clear();
      await client.close();
    }
  }

  /** From the journal of this checkout, which is read only where there are placements. */
  #driftedOf(apps: readonly App[]): ReadonlySet<string> {
    const { places, options, workspaceRoot } = this.setup;
    const placed = new Set(places.flatMap(({ skill, placement }) => (placement ? skill : [])));
    if (placed.size === 0) return placed;
    const recorded = readRecorded(new Journal(workspaceFolders(workspaceRoot).journal), options.environment);
    const drifted = apps.filter((app) => hasDrifted(app, recorded.get(app.spec.name)));
    return new Set(drifted.flatMap(({ spec }) => (placed.has(spec.name) ? spec.name : [])));
  }

  #forgetAllBut(live: readonly Askable[]): void {
    const names = new Set(live.map(({ name }) => name));
    for (const name of this.#health.keys()) if (!names.has(name)) this.#health.delete(name);
  }

  async #ask(app: Askable, signal: AbortSignal): Promise<void> {
    this.#health.set(app.name, await askApp(app, this.#answerMs, signal));
  }

  async #askRollouts(apps: readonly App[], signal: AbortSignal): Promise<void> {
    const { options, env, workspaceRoot } = this.setup;
    const rolling = apps.filter((app) => rolloutOf(app));
    // Without one, no key is read or made.
    if (rolling.length === 0) return void (this.#rollouts = new Map());
    const { environment } = options;
    const { secretOf } = await readSecrets(environment, env, workspaceFolders(workspaceRoot).rolloutKey);
    const missing = isLocal(environment) ? undefined : keyTrouble(env);
    const asked = rolling.map(async (app): Promise<[string, AppRollout][]> => {
      const { name } = app.spec;
      const id = rolloutOf(app)?.rollout;
      if (missing !== undefined && id !== undefined) return [[name, { id, trouble: missing }]];
      const rollout = await askRollout(app, secretOf, this.#answerMs, signal);
      return rollout ? [[name, rollout]] : [];
    });
    this.#rollouts = new Map((await Promise.all(asked)).flat());
  }

  /** Shorter than the interval, so that a service that hangs does not delay the next check. */
  get #answerMs(): number {
    return Math.min(answerMs, this.setup.options.interval * 800);
  }
}

function placementOf({ placement }: SkillPlace): MonitorRow['placement'] {
  return placement && { of: placement.of, name: placement.name ?? defaultPlacement };
}

/**
 * Asks the routers of an app how far its rollout is, once.
 * @param timeoutMs longest time, in milliseconds
 * @returns undefined if none is live
 * @throws the signal's reason when it is aborted; never because routers do not answer
 */
async function askRollout(
  app: App,
  secretOf: (rollout: string) => string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AppRollout | undefined> {
  const id = rolloutOf(app)?.rollout;
  if (id === undefined) return undefined;
  const deadline = startDeadline(systemClock, timeoutMs, signal);
  try {
    const state = rolloutEvent(await steerRollout(app, secretOf, undefined, deadline.signal));
    return { id, state: rolloutStatus(state) };
  } catch (error) {
    signal.throwIfAborted();
    return { id, trouble: describeError(error) };
  } finally {
    deadline.clear();
  }
}

/** The alerts of App Specs that are raised on a local platform, by name of the app; one call. @throws what the platform throws */
async function readRaised(
  { alerts: read }: Pick<Platform, 'alerts'>,
  apps: readonly App[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly AppAlert[]>> {
  const raised = (await read?.(signal)) ?? {};
  return new Map(
    apps.flatMap(({ id, spec }) => {
      const own = raised[id];
      return own ? [[spec.name, own.map(asShown)]] : [];
    }),
  );
}

function asShown({ id, rule, component, reason, at }: AppAlert): AppAlert {
  return {
    id,
    rule,
    ...(component !== undefined && { component: printable(component) }),
    reason: printable(reason),
    at,
  };
}
