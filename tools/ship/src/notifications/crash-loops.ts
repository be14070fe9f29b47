import type { MonitorReport, MonitorRow } from '../monitor/report.js';

/** This many restarts in one episode are a crash loop. */
const loopRestarts = 3;
/** An episode is over after this long without a restart, in milliseconds. */
const quietMs = 10 * 60_000;

interface Episode {
  deployment: string | undefined;
  /** The number of restarts before the episode began. */
  before: number;
  isReported: boolean;
}

/** Finds skills in a crash loop in the reports of a monitor, once per episode. */
export class CrashLoops {
  readonly #episodes = new Map<string, Episode>();
  /** The number of restarts of each skill at the last check. */
  readonly #counts = new Map<string, number>();

  /** The skills to notify about now. */
  findNew({ skills, at }: Pick<MonitorReport, 'skills' | 'at'>): MonitorRow[] {
    const found = skills.filter((row) => this.#isNew(row, Date.parse(at)));
    for (const { skill, restarts } of skills) this.#counts.set(skill, restarts?.count ?? 0);
    return found;
  }

  #isNew({ skill, live, restarts }: MonitorRow, now: number): boolean {
    if (!restarts || now - Date.parse(restarts.at) > quietMs) {
      this.#episodes.delete(skill);
      return false;
    }
    const episode = this.#episodeOf(skill, live?.deploymentId);
    if (episode.isReported || restarts.count - episode.before < loopRestarts) return false;
    episode.isReported = true;
    return true;
  }

  #episodeOf(skill: string, deployment: string | undefined): Episode {
    const known = this.#episodes.get(skill);
    if (known?.deployment === deployment && known) return known;
    // The count of another deployment begins at 0. Restarts before the first check may be part of the episode.
    const before = known ? 0 : (this.#counts.get(skill) ?? 0);
    const episode = { deployment, before, isReported: false };
    this.#episodes.set(skill, episode);
    return episode;
  }
}
