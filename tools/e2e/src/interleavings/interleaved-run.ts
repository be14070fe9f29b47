import {
  AppPlatformClient,
  type AppSpec,
  deployFleet,
  type Deployment,
  type DeployResult,
  type Mark,
  markKey,
  RateLimiter,
  rollBackFleet,
} from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from './scenario.js';
import { Stranger } from './stranger.js';

/** A run that has ended, and the state at that moment. */
export interface Ended {
  result: DeployResult;
  live: Deployment | undefined;
  /** Which of the app's specs is live. */
  liveVersion: string | undefined;
  wantedVersion: string;
  /**
   * The deployer's writes that took effect. An app that was created, and deleted again before its deployer got the reply,
   * does not count: it may be created once more.
   */
  effects: number;
}

const phases = ['PENDING_BUILD', 'BUILDING', 'PENDING_DEPLOY', 'DEPLOYING', 'ACTIVE'] as const;

const drops = {
  there: undefined,
  'lost before the write took effect': 'before',
  'lost after the write took effect': 'after',
} as const;

/** Waits take a thousandth of their time. */
const haste = 1000;

/** Minutes pass in a fraction of a second. */
const clock = {
  now: () => Date.now() * haste,
  sleep: (ms: number, signal?: AbortSignal) => delay(ms / haste, undefined, signal && { signal }),
};

/** The local platform advanced by the test, a deployer on it, and a stranger who acts between any two of its calls. */
export class Interleavings {
  #next = 0;
  /** How the deployer's next write fails. */
  #drop: 'before' | 'after' | undefined;

  private constructor(
    readonly platform: Platform,
    readonly client: AppPlatformClient,
  ) {}

  static async start(directory: string): Promise<Interleavings> {
    let faults: Interleavings | undefined;
    const platform = await startPlatform({
      directory,
      progression: 'manual',
      fault: ({ method, path }) => faults?.fault(method, path),
    });
    const limiter = new RateLimiter({ perMinute: Infinity, perHour: Infinity });
    const client = new AppPlatformClient({ url: platform.url, token: platform.token, limiter });
    return (faults = new Interleavings(platform, client));
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.platform.close();
  }

  fault(method: string, path: string): { drop: 'before' | 'after' } | undefined {
    const isWrite = method !== 'GET' && !path.endsWith('/validate');
    if (!isWrite || !this.#drop) return undefined;
    const drop = this.#drop;
    this.#drop = undefined;
    return { drop };
  }

  async run(scenario: Scenario): Promise<Ended> {
    const name = `app-${(this.#next += 1)}`;
    const wanted = specOf(name, 'wanted');
    await this.#prepare(scenario, name);
    const stranger = new Stranger(this.client, specOf(name, 'stranger'), wanted);
    const deployer = new Deployer(this, scenario, stranger, name);
    const deps = { client: deployer.client, clock, pollIntervalMs: 100, verifyTimeoutMs: 20_000 * haste };
    const request = { skill: name, healthPath: '/health', timeoutMs: 60_000 * haste };
    const [result] =
      scenario.operation === 'rollback'
        ? await rollBackFleet([request], deps)
        : await deployFleet([{ ...request, spec: wanted, digest: 'wanted' }], deps);
    if (!result) throw new Error('no result');
    const live = (await this.#app(name))?.active_deployment;
    await this.platform.reset();
    return {
      result,
      live,
      liveVersion: live && versionOf(live),
      wantedVersion: scenario.operation === 'rollback' ? 'one' : 'wanted',
      effects: deployer.effects,
    };
  }

  /** Advances the deployment in progress by some phases. */
  async advance(name: string, by: number, fails: boolean): Promise<boolean> {
    const app = await this.#app(name);
    const coming = app?.pending_deployment ?? app?.in_progress_deployment;
    const at = phases.findIndex((phase) => phase === coming?.phase);
    const to = phases[Math.min(at + by, phases.length - 1)];
    if (!coming || !to || by === 0) return false;
    await this.platform.advance(name, fails ? 'ERROR' : to);
    return fails;
  }

  /** Makes the deployer's next write fail. */
  drop(what: 'before' | 'after' | undefined): void {
    this.#drop = what;
  }

  /** How many deployments an app has had. */
  async deploymentsOf(name: string): Promise<number> {
    const app = await this.#app(name);
    return app ? (await this.client.listDeployments(app.id)).length : 0;
  }

  async #app(name: string) {
    return (await this.client.listApps()).find(({ spec }) => spec.name === name);
  }

  /** Before an update one version is live; before a rollback two were. */
  async #prepare({ operation }: Scenario, name: string): Promise<void> {
    if (operation === 'create') return;
    const { id } = await this.client.createApp(marked(specOf(name, 'one'), name));
    await this.platform.advance(name, 'ACTIVE');
    if (operation === 'update') return;
    await this.client.updateApp(id, marked(specOf(name, 'two'), name));
    await this.platform.advance(name, 'ACTIVE');
  }
}

/** A deployer's client; the deployer can be paused before each of its calls. */
class Deployer {
  readonly client: AppPlatformClient;
  #creates = 0;
  #others = 0;
  #calls = 0;
  #hasWritten = false;
  #hasFailed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly world: Interleavings,
    private readonly scenario: Scenario,
    private readonly stranger: Stranger,
    private readonly name: string,
  ) {
    this.client = new Proxy(world.client, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) =>
          this.#inTurn(String(property), () => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  get effects(): number {
    return Math.min(this.#creates, 1) + this.#others;
  }

  /** One call at a time: the scenario decides what happens between two calls. */
  #inTurn(method: string, call: () => unknown): Promise<unknown> {
    const turn = this.#turn.then(() => this.#do(method, call));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #do(method: string, call: () => unknown): Promise<unknown> {
    await this.#before();
    if (!['createApp', 'updateApp', 'rollback'].includes(method)) return call();
    const isFirst = !this.#hasWritten;
    this.#hasWritten = true;
    if (isFirst) this.world.drop(drops[this.scenario.reply]);
    const before = await this.world.deploymentsOf(this.name);
    try {
      return await call();
    } finally {
      this.world.drop(undefined);
      // A call whose reply was lost may also have been refused.
      const effects = (await this.world.deploymentsOf(this.name)) - before;
      if (method === 'createApp') this.#creates += effects;
      else this.#others += effects;
      if (isFirst) for (const act of this.scenario.afterWrite) await this.stranger.does(act);
    }
  }

  async #before(): Promise<void> {
    const { pace, stops, fails } = this.scenario;
    const by = pace[this.#calls % pace.length] ?? 1;
    const doesFail = fails && this.#hasWritten && !this.#hasFailed;
    if (await this.world.advance(this.name, by, doesFail)) this.#hasFailed = true;
    for (const { acts } of stops.filter(({ call }) => call === this.#calls))
      for (const act of acts) await this.stranger.does(act);
    this.#calls += 1;
  }
}

function specOf(name: string, version: string): AppSpec {
  return {
    name,
    services: [
      {
        name: 'web',
        image: { registry_type: 'DOCR', repository: 'shop', tag: '1' },
        envs: [{ key: 'VERSION', value: version }],
      },
    ],
  };
}

/** The spec as an earlier deploy would have sent it. */
function marked(spec: AppSpec, skill: string): AppSpec {
  const mark: Mark = { write: randomUUID(), skill, artefact: 'earlier' };
  return {
    ...spec,
    envs: [{ key: markKey, value: JSON.stringify(mark), scope: 'RUN_TIME', type: 'GENERAL' }],
  };
}

/** The version of a deployment; one with an unwanted variable is a different version. */
function versionOf({ spec }: Deployment): string {
  const envs = spec?.services?.[0]?.envs ?? [];
  const strange = envs.some(({ key }) => key === 'STRANGE') ? ' with another variable' : '';
  return `${envs.find(({ key }) => key === 'VERSION')?.value ?? ''}${strange}`;
}
