import { setTimeout as delay } from 'node:timers/promises';
import { builtComponents } from '../deployments/components.js';
import { isUnderWay } from '../deployments/phases.js';
import { logFile } from '../logs/log-folder.js';
import { LogWatch } from '../logs/log-watch.js';
import { logsOfProcesses } from '../logs/logs-of-processes.js';
import type { AppRecord } from '../state/app-record.js';
import type { Layout } from '../state/layout.js';
import { deleteOldLogs, dropUnneededDatabases, pruneUnneeded } from './prune.js';
import type { Runtime } from './runtime.js';

/** Each look goes through every image. */
const everyMs = 10 * 60_000;

/** Keeps what the platform writes from growing without end: at its start, after deployments, and as long as it runs. */
export class Housekeeping {
  readonly #closed = new AbortController();
  readonly #logs: LogWatch;
  #tidying: Promise<void> | undefined;
  #again = false;

  constructor(private readonly runtime: Runtime) {
    const { layout, store, caps, warn } = runtime;
    const growing = async () => [...(await logsOfProcesses(layout)), ...logsOfBuilds(layout, store.list())];
    this.#logs = new LogWatch(growing, caps, warn);
  }

  /** Once what an earlier server left is resumed. */
  start(): void {
    this.#logs.start();
    this.tidy();
  }

  /** Deletes what is no longer needed; a little later if that was done only a moment ago. Waits for nothing. */
  tidy(): void {
    if (this.#closed.signal.aborted) return;
    this.#again = true;
    this.#tidying ??= this.#tidy().finally(() => (this.#tidying = undefined));
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([this.#logs.stop(), this.#tidying]);
  }

  async #tidy(): Promise<void> {
    const { signal } = this.#closed;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      await deleteUnneeded(this.runtime);
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** One that fails does not stop the others. */
async function deleteUnneeded(runtime: Runtime): Promise<void> {
  for (const work of [deleteOldLogs, pruneUnneeded, dropUnneededDatabases]) {
    await work(runtime).catch((error: Error) => runtime.warn(error.stack ?? error.message));
  }
}

/** The logs that a build writes to. */
function logsOfBuilds({ logs }: Layout, apps: readonly AppRecord[]): string[] {
  const building = apps.flatMap(({ deployments }) => deployments.filter(isUnderWay));
  return building.flatMap(({ id, spec }) =>
    builtComponents(spec).map((component) => logFile(logs, id, component.spec.name, 'BUILD')),
  );
}
