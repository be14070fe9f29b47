import { abortable, type Clock } from '@odoobo/machine/time';
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { AppPlatformClient } from '../client/client.js';
import { AppPlatformError } from '../client/errors.js';
import { type App, type Deployment, isTerminal } from '../spec/index.js';
import type { AppList } from './app-list.js';
import { ownCauseCodes } from './events.js';
import { DeployFailure } from './failure.js';
import type { PendingWrites } from './pending-writes.js';

export interface WatcherOptions {
  client: AppPlatformClient;
  apps: AppList;
  clock: Clock;
  pollIntervalMs: number;
  writes: PendingWrites;
}

/** A deployment that has ended, and its app if the last poll showed it. */
export interface Ended {
  deployment: Deployment;
  app?: App | undefined;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Called at each poll that shows the deployment still in progress. */
  onPoll: (deployment: Deployment) => void;
  /** Called when the list shows that the deployment has ended without being live, before it is read by its id. */
  beforeInquiry?: () => Promise<void>;
}

interface Waiter extends FollowOptions {
  appId: string;
  deploymentId: string;
  settle: (ended: Ended) => void;
  fail: (error: Error) => void;
  /** When the wait began. */
  since: number;
  /** Whether it is being read by its id. */
  inquired: boolean;
}

const inquiriesAtOnce = 4;

/**
 * One poller for all deployments of a run: it reads the list of apps, one call per 200, whatever the number of
 * deployments. It runs while a caller waits, and learns from what others read meanwhile.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #waiters = new Set<Waiter>();
  /** Limits the reads by id. */
  readonly #inquiries = pLimit(inquiriesAtOnce);
  /** Aborted when no caller waits any more; undefined while the poller is not running. */
  #idle: AbortController | undefined;
  /** When it started to poll, or the last poll failed. */
  #lastTried = -Infinity;
  /** Why the last poll failed. */
  lastError: Error | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    options.apps.onRead((apps, began) => {
      for (const waiter of this.#waiters) this.#look(waiter, apps.byId(waiter.appId), began);
    });
  }

  /**
   * Waits for the end of a deployment, by its id: the app may already have another one by then.
   * @throws the signal's reason; DeployFailure when the app is gone; AppPlatformError when the token is refused
   */
  async follow(appId: string, deploymentId: string, options: FollowOptions): Promise<Ended> {
    const { promise, settle, fail } = deferred<Ended>();
    const since = this.#options.clock.now();
    const waiter: Waiter = { ...options, appId, deploymentId, settle, fail, since, inquired: false };
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
    this.#lastTried = this.#options.clock.now();
    void this.#poll(this.#idle.signal);
  }

  async #poll(idle: AbortSignal): Promise<void> {
    const { clock, apps } = this.#options;
    while (!idle.aborted) {
      try {
        for (let wait = this.#wait(); wait > 0; wait = this.#wait()) await clock.sleep(wait, idle);
        await apps.read(idle);
        this.lastError = undefined;
      } catch (error) {
        this.#lastTried = clock.now();
        this.#note(error);
      }
    }
  }

  /** Milliseconds until the next poll, if nobody reads the list meanwhile. */
  #wait(): number {
    const { clock, apps, pollIntervalMs, writes } = this.#options;
    const now = clock.now();
    const newest = [...this.#waiters].at(-1)?.since ?? 0;
    const pause = pollPause({ pollIntervalMs, calls: apps.calls, followedMs: now - newest });
    return Math.max(apps.readAt, this.#lastTried) + pause * writes.thrift - now;
  }

  /** After a failed poll the next one tries again; a refused token will not recover. */
  #note(error: unknown): void {
    if (!(error instanceof Error)) return;
    this.lastError = error;
    const refused = error instanceof AppPlatformError && (error.status === 401 || error.status === 403);
    if (refused) for (const waiter of this.#waiters) waiter.fail(error);
  }

  /** @param began when the read of the list began */
  #look(waiter: Waiter, app: App | undefined, began: number): void {
    if (app?.active_deployment?.id === waiter.deploymentId) {
      waiter.settle({ deployment: { ...app.active_deployment, phase: 'ACTIVE' }, app });
      return;
    }
    const listed = [app?.pending_deployment, app?.in_progress_deployment].find(
      (deployment) => deployment?.id === waiter.deploymentId,
    );
    // The list has the live and the coming deployments. Any other one has ended, or is newer than the list.
    if (listed) show(waiter, listed, app);
    else if (waiter.since <= began) this.#inquire(waiter, app);
  }

  /** Reads a deployment by its id; the polls continue meanwhile, since others wait for them. */
  #inquire(waiter: Waiter, app: App | undefined): void {
    if (waiter.inquired) return;
    waiter.inquired = true;
    const read = async (): Promise<void> => {
      if (!this.#waiters.has(waiter)) return;
      const deployment = await this.#read(waiter, app);
      if (deployment) show(waiter, deployment, app);
    };
    Promise.resolve(waiter.beforeInquiry?.())
      .then(() => this.#inquiries(read))
      .catch((error: unknown) => this.#waiters.has(waiter) && this.#note(error))
      .finally(() => (waiter.inquired = false));
  }

  async #read(waiter: Waiter, app: App | undefined): Promise<Deployment | undefined> {
    const { appId, deploymentId, signal } = waiter;
    try {
      return await this.#options.client.getDeployment(appId, deploymentId, { signal });
    } catch (error) {
      // If the app still exists, a deployment that is not found is not visible yet.
      if (app || !(error instanceof AppPlatformError) || error.status !== 404) throw error;
      waiter.fail(
        new DeployFailure({
          code: ownCauseCodes.gone,
          message: `deployment ${deploymentId} is gone: the app was deleted meanwhile`,
          cause: error,
        }),
      );
      return undefined;
    }
  }
}

function show(waiter: Waiter, deployment: Deployment, app: App | undefined): void {
  if (isTerminal(deployment.phase)) waiter.settle({ deployment, app });
  else waiter.onPoll(deployment);
}

/** The end of a deployment is noticed late by at most this share of its duration. */
const share = 0.02;
const longestPauseMs = 30_000;

/**
 * How long to wait before the next poll, in milliseconds: at most two calls a `pollIntervalMs`, however many the list
 * takes (with 2 s a quarter of what the platform allows), and less often for deployments that take long.
 * @param options.calls how many calls a poll takes
 * @param options.followedMs how long the newest deployment has been followed
 */
export function pollPause(options: { pollIntervalMs: number; calls: number; followedMs: number }): number {
  const { pollIntervalMs, calls, followedMs } = options;
  return Math.max(pollIntervalMs * Math.max(1, calls / 2), Math.min(followedMs * share, longestPauseMs));
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
