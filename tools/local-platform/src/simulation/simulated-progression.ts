import type { AppSpec } from '@odoobo/app-platform/spec';
import type { Clock } from '@odoobo/machine/time';
import { NothingRuns } from '../deployments/nothing-runs.js';
import {
  activate,
  activeDeployment,
  enter,
  fail,
  isUnderWay,
  PhaseError,
  startWaiting,
  withDeployment,
} from '../deployments/phases.js';
import type { AppTraffic, ComponentHealth, Instance, Progression } from '../deployments/progression.js';
import type { Reason } from '../deployments/steps.js';
import { ComponentLog, deleteLogs } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import { type LiveVersion, SimulatedServices } from './simulated-services.js';
import { simulate, type Simulation } from './simulation.js';

interface Parts {
  store: AppStore;
  clock: Clock;
  /** The folder of the logs. */
  logs: string;
  warn: (message: string) => void;
}

/**
 * For tests and benchmarks: builds and deploys that only take their time. Nothing is run; a live app answers its URL
 * with what is live.
 */
export class SimulatedProgression extends NothingRuns implements Progression {
  readonly #runs = new Map<string, AbortController>();
  readonly #services: SimulatedServices;
  #closing = false;

  constructor(
    private readonly simulation: Simulation,
    private readonly parts: Parts,
  ) {
    super();
    this.#services = new SimulatedServices((appId) => liveVersion(parts.store.get(appId)));
  }

  begin(appId: string, deploymentId: string): void {
    if (this.#closing) return;
    this.cancel(appId);
    const run = new AbortController();
    this.#runs.set(appId, run);
    void this.#deploy(appId, deploymentId, run.signal)
      .catch((error: Error) => this.#giveUp(appId, deploymentId, error, run.signal))
      .finally(() => this.#runs.get(appId) === run && this.#runs.delete(appId));
  }

  cancel(appId: string): void {
    this.#runs.get(appId)?.abort();
  }

  urlOf(app: AppRecord): string | undefined {
    return this.#services.urlOf(app.id);
  }

  instancesOf(app: AppRecord): Instance[] {
    const { services = [], workers = [] } = activeDeployment(app)?.spec ?? {};
    const instances = (kind: 'SERVICE' | 'WORKER', components: Scaled[]): Instance[] =>
      components.flatMap((one) =>
        Array.from({ length: one.instance_count ?? 1 }, (_, index) => {
          return { component: one.name, kind, name: `${one.name}-${index}` };
        }),
      );
    return [...instances('SERVICE', services), ...instances('WORKER', workers)];
  }

  async healthOf(app: AppRecord): Promise<ComponentHealth[]> {
    const { services = [] } = activeDeployment(app)?.spec ?? {};
    return services.map(({ name, instance_count: count = 1 }) => ({
      component: name,
      state: 'HEALTHY',
      cpuPercent: 0,
      memoryPercent: 0,
      replicasDesired: count,
      replicasReady: count,
    }));
  }

  override async trafficOf(): Promise<ReadonlyMap<string, AppTraffic>> {
    return new Map(
      this.parts.store.list().map((app) => {
        const components = this.#services.countsOf(app.id, liveVersion(app)?.component ?? '');
        return [app.id, { components, instances: [] }];
      }),
    );
  }

  async forget(app: AppRecord): Promise<void> {
    this.cancel(app.id);
    this.#services.forget(app.id);
    await deleteLogs(
      this.parts.logs,
      app.deployments.map(({ id }) => id),
    ).catch((error: Error) => this.parts.warn(error.message));
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const run of this.#runs.values()) run.abort();
    this.#services.close();
  }

  async #deploy(appId: string, id: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const move = (to: (one: DeploymentRecord, now: string) => DeploymentRecord) =>
      this.#change(appId, id, to, signal);
    const { spec } = await move((one, now) => enter(one, 'BUILDING', now));
    const { buildMs = 0, deployMs = 0, failsIn, answerMs } = simulate(this.simulation, spec);
    await clock.sleep(buildMs, signal);
    if (failsIn === 'BUILDING') return this.#fail(appId, id, spec, 'BUILD', signal);
    await move((one, now) => enter(one, 'PENDING_DEPLOY', now));
    await move((one, now) => startWaiting(enter(one, 'DEPLOYING', now), now));
    await clock.sleep(deployMs, signal);
    if (failsIn === 'DEPLOYING') return this.#fail(appId, id, spec, 'DEPLOY', signal);
    // Before the API shows the URL.
    await this.#services.open(appId, answerMs);
    const live = await this.parts.store.update(appId, (app) => activate(app, id, stamp()));
    if (!live) this.#services.forget(appId);
  }

  async #fail(
    appId: string,
    id: string,
    spec: AppSpec,
    type: 'BUILD' | 'DEPLOY',
    signal: AbortSignal,
  ): Promise<void> {
    const component = spec.services?.[0]?.name;
    if (component !== undefined) {
      const log = new ComponentLog(this.parts.logs, id, component, (text) => text, this.parts.warn);
      await log.open();
      await log.write(type, failures[type].message);
    }
    await this.#change(appId, id, (one, now) => fail(one, failures[type], now), signal);
  }

  /** @throws PhaseError when the deployment is over, or its app gone */
  async #change(
    appId: string,
    id: string,
    change: (deployment: DeploymentRecord, now: string) => DeploymentRecord,
    signal: AbortSignal,
  ): Promise<DeploymentRecord> {
    signal.throwIfAborted();
    const app = await this.parts.store.update(appId, (record) =>
      withDeployment(record, id, (one) => {
        if (!isUnderWay(one)) throw new PhaseError(`Deployment ${id} is ${one.phase}.`);
        return change(one, stamp());
      }),
    );
    const deployment = app?.deployments.find((one) => one.id === id);
    if (!deployment) throw new PhaseError(`Deployment ${id} was deleted with its app.`);
    return deployment;
  }

  /** Never rejects. */
  async #giveUp(appId: string, id: string, error: Error, signal: AbortSignal): Promise<void> {
    // Cancelled or overtaken: this is not an error.
    if (signal.aborted || error instanceof PhaseError) return;
    this.parts.warn(`App ${appId}: its simulated deployment failed: ${error.message}`);
    const reason = { code: 'InternalError', message: error.message };
    await this.#change(appId, id, (one, now) => fail(one, reason, now), signal).catch(() => undefined);
  }
}

type Scaled = { name: string; instance_count?: number | undefined };

const failures: Record<'BUILD' | 'DEPLOY', Reason> = {
  BUILD: { code: 'BuildJobExitNonZero', message: 'The simulation made its build fail.' },
  DEPLOY: {
    code: 'DeployContainerHealthChecksFailed',
    message: 'The simulation made its health check fail.',
  },
};

function liveVersion(app: AppRecord | undefined): LiveVersion | undefined {
  const live = app && activeDeployment(app);
  if (!live) return undefined;
  const [service] = live.spec.services ?? [];
  return { deployment: live.id, digest: service?.image?.digest, component: service?.name };
}

/** Records use this machine's time, however fast the simulated time passes. */
function stamp(): string {
  return new Date().toISOString();
}
