import type { PluginEntry } from '../manifest/plugin-entry.js';
import type { MonitorReport, MonitorRow } from '../monitor/report.js';
import { fileTimestamp } from '../records/run-name.js';
import { alertNotice, crashNotice, type Notice } from './notice.js';
import { Notifier } from './notifier.js';
import { findWebhook } from './webhook.js';

/**
 * Notifies the workspace's webhook about crash loops and alerts while a monitor runs.
 * @returns the function to call with each report
 * @throws when the webhook is set wrongly
 */
export function notifyOfMonitor(
  plugins: readonly PluginEntry[] | undefined,
  environment: Notice['environment'],
  env: NodeJS.ProcessEnv,
): (report: Pick<MonitorReport, 'skills' | 'at'>) => void {
  const webhook = findWebhook(plugins, env);
  if (!webhook || 'unset' in webhook) return () => undefined;
  const notifier = new Notifier(webhook, (message) => void process.stderr.write(`  ! ${message}\n`));
  const loops = new CrashLoops();
  const newAlerts = new NewAlerts();
  const run = `monitor-${fileTimestamp(new Date().toISOString())}`;
  return (report) => {
    const about = { run, kind: 'monitor', environment } as const;
    const looping = loops.findNew(report);
    if (looping.length > 0) notifier.notify(crashNotice(about, looping));
    const alerted = newAlerts.findNew(report);
    if (alerted.length > 0) notifier.notify(alertNotice(about, alerted));
  };
}

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

/** Finds alerts that are raised in the reports of a monitor, once each time that they are raised. */
export class NewAlerts {
  #known = new Set<string>();

  /** The skills with alerts to notify about now, with these alerts alone. */
  findNew({ skills }: Pick<MonitorReport, 'skills'>): MonitorRow[] {
    const found = skills.flatMap((row) => {
      const alerts = (row.alerts ?? []).filter((alert) => !this.#known.has(keyOf(alert)));
      return alerts.length > 0 ? [{ ...row, alerts }] : [];
    });
    // Only what is raised now: a monitor runs for months.
    this.#known = new Set(skills.flatMap(({ alerts = [] }) => alerts.map(keyOf)));
    return found;
  }
}

/** An alert that ended and is raised again is another one. */
function keyOf({ id, at }: { id: string; at: string }): string {
  return `${id} ${at}`;
}
