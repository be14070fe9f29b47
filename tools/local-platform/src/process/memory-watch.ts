import { markedProcesses } from './mark.js';
import type { ProcessGroup } from './process-group.js';
import { memoryHeldBy, usageOf } from './usage.js';

/** The interval between two reads of the memory of all groups. */
const everyMs = 1_000;

/** The interval per process of the machine, where those are many: reading one takes 0.05 ms of processor time. */
const everyMsOfEach = 5;

interface Watched {
  group: ProcessGroup;
  limitBytes: number;
  /** Called with what it holds. */
  onExceeded(bytes: number): void;
}

/** Watches for groups that exceed their memory limit: one read of the process table for all, none if nothing is watched. */
export class MemoryWatch {
  readonly #watched = new Set<Watched>();
  #next: NodeJS.Timeout | undefined;

  constructor(private readonly warn: (message: string) => void) {}

  /** Resolves with the bytes that a group holds once they are more than its limit; undefined when the signal is aborted. */
  exceeds(group: ProcessGroup, limitBytes: number, signal: AbortSignal): Promise<number | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const watched: Watched = {
        group,
        limitBytes,
        onExceeded: (bytes) => {
          this.#watched.delete(watched);
          resolve(bytes);
        },
      };
      this.#watched.add(watched);
      signal.addEventListener('abort', () => {
        this.#watched.delete(watched);
        resolve(undefined);
      });
      this.#schedule(everyMs);
    });
  }

  #schedule(ms: number): void {
    this.#next ??= setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    const processes = await this.#reportExceeded().catch((error: Error) => {
      this.warn(`The memory use of the services cannot be read: ${error.message}`);
      return 0;
    });
    this.#next = undefined;
    if (this.#watched.size > 0) this.#schedule(Math.max(everyMs, processes * everyMsOfEach));
  }

  /** @returns how many processes the machine has */
  async #reportExceeded(): Promise<number> {
    const rows = await markedProcesses();
    const watched = [...this.#watched];
    const usage = await usageOf(
      watched.map(({ group }) => group),
      rows,
    );
    for (const { group, limitBytes, onExceeded } of watched) {
      if ((usage.get(group)?.memoryBytes ?? 0) <= limitBytes) continue;
      const held = await memoryHeldBy(group);
      if (held > limitBytes) onExceeded(held);
    }
    return rows.length;
  }
}
