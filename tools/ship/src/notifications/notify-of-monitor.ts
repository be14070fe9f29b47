import type { PluginEntry } from '../manifest/plugin-entry.js';
import type { MonitorReport } from '../monitor/report.js';
import { fileTimestamp } from '../records/run-name.js';
import { CrashLoops } from './crash-loops.js';
import { NewAlerts } from './new-alerts.js';
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
