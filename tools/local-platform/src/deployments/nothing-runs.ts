import type { AppTraffic, InstanceUsage } from './progression.js';

/** For tests and benchmarks: the part of a progression that has nothing to do, because nothing is run. */
export abstract class NothingRuns {
  async resume(): Promise<void> {
    // No earlier server left anything.
  }

  async check(): Promise<void> {
    // Nothing is run, so nothing is refused.
  }

  mayPrint(): boolean {
    return false;
  }

  cancelJob(): void {
    // No job runs.
  }

  async cancelAutoscaling(): Promise<boolean> {
    return false;
  }

  processOf(): undefined {
    return undefined;
  }

  usageOf(): InstanceUsage[] {
    return [];
  }

  async bandwidthOf(): Promise<Readonly<Record<string, number>>> {
    return {};
  }

  async trafficOf(): Promise<ReadonlyMap<string, AppTraffic>> {
    return new Map();
  }

  async responseTimesOf(): Promise<undefined> {
    return undefined;
  }
}
