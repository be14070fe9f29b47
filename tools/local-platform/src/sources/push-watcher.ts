import { setTimeout as delay } from 'node:timers/promises';
import { isUnderWay } from '../deployments/phases.js';
import type { AppRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import type { Layout } from '../state/layout.js';
import { isLocal } from './clone-url.js';
import { Git } from './git.js';
import { type Branch, branchOf, hostedSourceOf } from './git-source.js';
import { findHeads } from './remote.js';

/** A host on the network is asked this many times less often than a repository of this machine. */
const remotePatience = 30;

export interface PushWatcherOptions {
  store: AppStore;
  layout: Layout;
  /** Deploys what was pushed: by component, its new commit. The cause is in App Platform's words. */
  onPush(appId: string, commits: Record<string, string>, cause: string): Promise<void>;
  /** Called with each warning, once while it stays the same. */
  warn(message: string): void;
  /** Between two looks at a repository of this machine. */
  intervalMs?: number;
}

/** A component that deploys what is pushed. */
interface Watched {
  app: string;
  component: string;
  branch: Branch;
}

/** Notices branches that move, for the components with deploy_on_push, and reports each move once. */
export class PushWatcher {
  readonly #options: PushWatcherOptions;
  readonly #intervalMs: number;
  readonly #git: Git;
  readonly #stopped = new AbortController();
  /** The branch's commit at the last look, by app and component. */
  readonly #heads = new Map<string, string>();
  readonly #lookedAt = new Map<string, number>();
  readonly #warned = new Map<string, string>();
  #loop: Promise<void> | undefined;

  constructor(options: PushWatcherOptions) {
    const { layout } = options;
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 2000;
    this.#git = new Git(layout);
  }

  start(): void {
    this.#loop ??= this.#watch();
  }

  /** Resolves when nothing of it runs any more. Safe to repeat. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#look(signal).catch((error: Error) => this.#warn('', error.message));
      await delay(this.#intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const byRepository = new Map<string, Watched[]>();
    for (const watched of await this.#watchedNow()) {
      const { url } = watched.branch;
      byRepository.set(url, [...(byRepository.get(url) ?? []), watched]);
    }
    const due = [...byRepository].filter(([url]) => this.#isDue(url));
    const looks = due.map(([url, watched]) => this.#lookAt(url, watched, signal));
    const moved = (await Promise.all(looks)).flat();
    for (const [app, ones] of groupByApp(moved)) await this.#report(app, ones);
  }

  async #watchedNow(): Promise<Watched[]> {
    const { store, layout } = this.#options;
    const watched: Watched[] = [];
    // A pinned app deploys nothing until its rollback is committed or reverted.
    for (const record of store.list().filter(({ pin }) => !pin)) {
      for (const component of componentsOf(record)) {
        if (!hostedSourceOf(component)?.deploy_on_push || isResolving(record, component.name)) continue;
        try {
          const branch = await branchOf(component, layout.repositories);
          watched.push({ app: record.id, component: component.name, branch });
        } catch (error) {
          this.#warn(`${record.id} ${component.name}`, `${record.spec.name}: ${(error as Error).message}`);
        }
      }
    }
    return watched;
  }

  #isDue(url: string): boolean {
    const now = performance.now();
    const pause = isLocal(url) ? 0 : this.#intervalMs * remotePatience;
    if (now - (this.#lookedAt.get(url) ?? -Infinity) < pause) return false;
    this.#lookedAt.set(url, now);
    return true;
  }

  /** The components whose branch has moved. */
  async #lookAt(
    url: string,
    watched: Watched[],
    signal: AbortSignal,
  ): Promise<(Watched & { head: string })[]> {
    try {
      const refs = [...new Set(watched.map(({ branch }) => refOf(branch)))];
      const heads = await findHeads(this.#git, url, refs, signal);
      this.#warned.delete(url);
      return watched.flatMap((one) => {
        const head = heads.get(refOf(one.branch));
        return head !== undefined && this.#hasMoved(one, head) ? [{ ...one, head }] : [];
      });
    } catch (error) {
      if (!signal.aborted) this.#warn(url, `${watched[0]?.branch.shown}: ${(error as Error).message}`);
      return [];
    }
  }

  /**
   * At the first look, a commit that no deployment had was pushed while no server ran; later, what counts is that the
   * branch moved: after a rollback its head is not what runs, and no one has pushed.
   */
  #hasMoved(one: Watched, head: string): boolean {
    const deployments = this.#options.store.get(one.app)?.deployments ?? [];
    const commits = deployments.map(({ sources }) => sources?.[one.component]?.commit);
    const before = this.#heads.get(keyOf(one));
    const deployedOnce = commits.some((commit) => commit !== undefined);
    const moved = before === undefined ? deployedOnce && !commits.includes(head) : before !== head;
    if (moved && commits[0] !== head) return true;
    this.#heads.set(keyOf(one), head);
    return false;
  }

  async #report(app: string, moved: (Watched & { head: string })[]): Promise<void> {
    const commits = Object.fromEntries(moved.map(({ component, head }) => [component, head]));
    const [{ branch, head } = { branch: { shown: '' }, head: '' }] = moved;
    try {
      await this.#options.onPush(app, commits, `commit ${head.slice(0, 7)} pushed to ${branch.shown}`);
      for (const one of moved) this.#heads.set(keyOf(one), one.head);
    } catch (error) {
      // Tried again at the next look: the heads are not noted.
      this.#warn(app, `The push to ${branch.shown} was not deployed: ${(error as Error).message}`);
    }
  }

  #warn(about: string, message: string): void {
    if (this.#warned.get(about) === message) return;
    this.#warned.set(about, message);
    this.#options.warn(message);
  }
}

function componentsOf({ spec }: AppRecord) {
  return [
    ...(spec.services ?? []),
    ...(spec.workers ?? []),
    ...(spec.jobs ?? []),
    ...(spec.static_sites ?? []),
  ];
}

/** Whether the newest deployment is just about to find out which commit the branch has. */
function isResolving({ deployments: [newest] }: AppRecord, component: string): boolean {
  return newest !== undefined && isUnderWay(newest) && newest.sources?.[component]?.commit === undefined;
}

function groupByApp<T extends Watched>(watched: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of watched) groups.set(one.app, [...(groups.get(one.app) ?? []), one]);
  return groups;
}

function refOf({ branch }: Branch): string {
  return branch === undefined ? 'HEAD' : `refs/heads/${branch}`;
}

function keyOf({ app, component }: Watched): string {
  return `${app} ${component}`;
}
