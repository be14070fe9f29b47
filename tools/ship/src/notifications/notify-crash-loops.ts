import type { MonitorReport } from '../monitor/report.js';
import { fileTimestamp } from '../records/run-name.js';
import { CrashLoops } from './crash-loops.js';
import { crashNotice, type Notice } from './notice.js';
import { Notifier } from './notifier.js';
import { findWebhook, type PluginEntry } from './webhook.js';

/**
 * Notifies the workspace's webhook about crash loops while a monitor runs.
 * @returns the function to call with each report
 * @throws when the webhook is set wrongly
 */
export function notifyCrashLoops(
  plugins: readonly PluginEntry[] | undefined,
  environment: Notice['environment'],
  env: NodeJS.ProcessEnv,
): (report: Pick<MonitorReport, 'skills' | 'at'>) => void {
  const webhook = findWebhook(plugins, env);
  if (!webhook || 'unset' in webhook) return () => undefined;
  const notifier = new Notifier(webhook, (message) => void process.stderr.write(`  ! ${message}\n`));
  const loops = new CrashLoops();
  const run = `monitor-${fileTimestamp(new Date().toISOString())}`;
  return (report) => {
    const found = loops.findNew(report);
    if (found.length > 0) notifier.notify(crashNotice({ run, kind: 'monitor', environment }, found));
  };
}
