import type { Deployment } from '@odoobo/app-platform/spec';
import type { HistoryAnswer } from '../src/page/history-answers.js';
import type { Platform } from './platform.js';

/** The deployments of an app, newest first, and what is known of where they come from. */
export interface AppHistory {
  deployments: readonly Deployment[];
  history: HistoryAnswer;
}

/** Reads the deployments of an app repeatedly, and where they come from only when that may have changed. */
export class HistoryReader {
  #known: { key: string; history: HistoryAnswer } | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly appId: string,
  ) {}

  async read(signal: AbortSignal): Promise<AppHistory> {
    const deployments = await this.platform.deployments(this.appId, signal);
    const key = deployments.map(({ id, phase }) => `${id} ${phase}`).join();
    if (this.#known?.key !== key) {
      this.#known = { key, history: await this.platform.history(this.appId, signal) };
    }
    return { deployments, history: this.#known.history };
  }
}
