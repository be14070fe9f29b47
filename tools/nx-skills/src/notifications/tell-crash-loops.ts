import type { ExecutorContext } from '@nx/devkit';
import type { MonitorOptions } from '../executors/monitor/options.js';
import type { MonitorReport } from '../executors/monitor/report.js';
import { fileTimestamp } from '../records/run-name.js';
import { CrashLoops } from './crash-loops.js';
import { crashNotice } from './notice.js';
import { Notifier } from './notifier.js';
import { findWebhook } from './webhook.js';

/**
 * Tells the workspace's webhook, while a monitor runs, of skills that keep ending.
 * @returns what is to be called with each report
 * @throws when the webhook is set wrongly
 */
export function crashLoopTeller(
  { nxJsonConfiguration }: Pick<ExecutorContext, 'nxJsonConfiguration'>,
  { environment }: Pick<MonitorOptions, 'environment'>,
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): (report: Pick<MonitorReport, 'skills' | 'at'>) => void {
  const webhook = findWebhook(nxJsonConfiguration?.plugins, env);
  if (!webhook || 'unset' in webhook) return () => undefined;
  const notifier = new Notifier(webhook, warn);
  const loops = new CrashLoops();
  const run = `monitor-${fileTimestamp(new Date().toISOString())}`;
  return (report) => {
    const found = loops.findNew(report);
    if (found.length > 0) notifier.tell(crashNotice({ run, kind: 'monitor', environment }, found));
  };
}
