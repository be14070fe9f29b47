import type { Phase } from '@odoobo/app-platform/spec';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import { NothingRuns } from './nothing-runs.js';
import { activate, enter, fail, happyPath, underWay, withDeployment } from './phases.js';
import type { ComponentHealth, Instance, Progression } from './progression.js';
import type { Reason } from './steps.js';

/**
 * For tests: a deployment stays in its phase until `advance` moves it, and nothing is run. All apps share one URL, which
 * answers 200 to everything.
 */
export class ManualProgression extends NothingRuns implements Progression {
  readonly #site = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"status":"healthy"}');
  });

  constructor(private readonly store: AppStore) {
    super();
  }

  override async resume(): Promise<void> {
    await once(this.#site.listen(0, '127.0.0.1'), 'listening');
  }

  begin(): void {
    // It stays PENDING_BUILD until `advance`.
  }

  cancel(): void {
    // Nothing runs.
  }

  async forget(): Promise<void> {
    // Nothing runs.
  }

  urlOf(): string {
    return `http://127.0.0.1:${(this.#site.address() as AddressInfo).port}`;
  }

  instancesOf(): Instance[] {
    return [];
  }

  async healthOf(): Promise<ComponentHealth[]> {
    return [];
  }

  /**
   * Moves the app's deployment that is in progress to a phase, through every phase before it.
   * @throws Error when the app or such a deployment is missing.
   */
  async advance(appName: string, to: Phase): Promise<void> {
    const app = this.store.byName(appName);
    if (app === undefined) throw new Error(`There is no app named "${appName}".`);
    await this.store.update(app.id, (record) => advanced(record, to, new Date().toISOString()));
  }

  async close(): Promise<void> {
    if (!this.#site.listening) return;
    this.#site.closeAllConnections();
    this.#site.close();
    await once(this.#site, 'close');
  }
}

function advanced(app: AppRecord, to: Phase, now: string): AppRecord {
  const deployment = underWay(app);
  if (deployment === undefined) throw new Error(`No deployment of "${app.spec.name}" is in progress.`);
  if (to === 'ERROR') {
    const reason = simulatedFailure(deployment.phase);
    return withDeployment(app, deployment.id, (one) => fail(one, reason, now));
  }
  if (to === 'CANCELED') return withDeployment(app, deployment.id, (one) => enter(one, to, now));
  const from = happyPath.findIndex((phase) => phase === deployment.phase);
  const target = happyPath.findIndex((phase) => phase === to);
  if (target <= from) throw new Error(`"${app.spec.name}" is ${deployment.phase}; it cannot go to ${to}.`);
  return happyPath
    .slice(from + 1, target + 1)
    .reduce((record, phase) => moved(record, deployment.id, phase, now), app);
}

function moved(app: AppRecord, id: string, phase: Phase, now: string): AppRecord {
  return phase === 'ACTIVE'
    ? activate(app, id, now)
    : withDeployment(app, id, (one) => enter(one, phase, now));
}

function simulatedFailure(phase: Phase): Reason {
  const deploying = phase === 'PENDING_DEPLOY' || phase === 'DEPLOYING';
  return deploying
    ? { code: 'DeployContainerHealthChecksFailed', message: 'The test made its health check fail.' }
    : { code: 'BuildJobExitNonZero', message: 'The test made its build fail.' };
}
