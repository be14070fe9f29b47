import { setMaxListeners } from 'node:events';
import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import { abortable, type Clock } from '../clock.js';
import { isTerminal, type App, type Deployment } from '../spec/index.js';
import { DeployFailure } from './failure.js';
import { ownCauseCodes } from './events.js';

export interface WatcherOptions {
  client: AppPlatformClient;
  clock: Clock;
  pollIntervalMs: number;
}

/** A deployment that has come to an end, and its app if the last poll showed it. */
export interface Ended {
  deployment: Deployment;
  app?: App | undefined;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Called at each poll that shows the deployment still under way. */
  onPoll: (deployment: Deployment) => void;
}

interface Waiter extends FollowOptions {
  appId: string;
  deploymentId: string;
  settle: (ended: Ended) => void;
  fail: (error: Error) => void;
}

/**
 * One poller for all deployments of a run: it reads the list of apps, one call per 200, whatever the number of
 * deployments. It runs while somebody waits.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #waiters = new Set<Waiter>();
  /** Aborted when nobody waits any more; none while the poller is not running. */
  #idle: AbortController | undefined;
  /** Why the last poll told nothing. */
  lastError: Error | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /**
   * Waits for the end of a deployment, by its id: the app may be on to another one by then.
   * @throws the signal's reason; DeployFailure when the app is gone; AppPlatformError when the token is refused
   */
  async follow(appId: string, deploymentId: string, options: FollowOptions): Promise<Ended> {
    const { promise, settle, fail } = deferred<Ended>();
    const waiter: Waiter = { ...options, appId, deploymentId, settle, fail };
    this.#waiters.add(waiter);
    this.#start();
    try {
      return await abortable(promise, options.signal);
    } finally {
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#idle?.abort();
    }
  }

  #start(): void {
    if (this.#idle && !this.#idle.signal.aborted) return;
    this.#idle = new AbortController();
    setMaxListeners(0, this.#idle.signal);
    void this.#poll(this.#idle.signal);
  }

  async #poll(idle: AbortSignal): Promise<void> {
    while (!idle.aborted) {
      try {
        await this.#options.clock.sleep(this.#options.pollIntervalMs, idle);
        const apps = await this.#options.client.listApps({ signal: idle });
        this.lastError = undefined;
        const byId = new Map(apps.map((app) => [app.id, app]));
        await Promise.all(
          [...this.#waiters].map((waiter) => this.#look(waiter, byId.get(waiter.appId), idle)),
        );
      } catch (error) {
        this.#note(error);
      }
    }
  }

  /** A poll that fails is made up for by the next one; a refused token will not get better. */
  #note(error: unknown): void {
    if (!(error instanceof Error)) return;
    this.lastError = error;
    const refused = error instanceof AppPlatformError && (error.status === 401 || error.status === 403);
    if (refused) for (const waiter of this.#waiters) waiter.fail(error);
  }

  async #look(waiter: Waiter, app: App | undefined, signal: AbortSignal): Promise<void> {
    if (app?.active_deployment?.id === waiter.deploymentId) {
      waiter.settle({ deployment: { ...app.active_deployment, phase: 'ACTIVE' }, app });
      return;
    }
    const listed = [app?.pending_deployment, app?.in_progress_deployment].find(
      (deployment) => deployment?.id === waiter.deploymentId,
    );
    // The list carries what is live and what comes. What is neither has ended, or is not listed yet.
    const deployment = listed ?? (await this.#read(waiter, app, signal));
    if (!deployment) return;
    if (isTerminal(deployment.phase)) waiter.settle({ deployment, app });
    else waiter.onPoll(deployment);
  }

  async #read(waiter: Waiter, app: App | undefined, signal: AbortSignal): Promise<Deployment | undefined> {
    try {
      return await this.#options.client.getDeployment(waiter.appId, waiter.deploymentId, { signal });
    } catch (error) {
      // Of an app that is still there, a deployment that is not found is one that is not to be seen yet.
      if (app || !(error instanceof AppPlatformError) || error.status !== 404) throw error;
      waiter.fail(
        new DeployFailure({
          code: ownCauseCodes.gone,
          message: `deployment ${waiter.deploymentId} is gone: the app was deleted meanwhile`,
          cause: error,
        }),
      );
      return undefined;
    }
  }
}

function deferred<T>() {
  let settle: (value: T) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { promise, settle, fail };
}
