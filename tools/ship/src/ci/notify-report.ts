import type { PluginEntry } from '../manifest/plugin-entry.js';
import { endNotice } from '../notifications/notice.js';
import { Notifier } from '../notifications/notifier.js';
import { findWebhook } from '../notifications/webhook.js';
import type { JournalRecord } from '../records/record.js';
import type { RolloutStatus } from '../records/rollout-status.js';
import { type Report, resultsOf } from './report.js';

export interface Workspace {
  plugins: readonly PluginEntry[] | undefined;
  env: NodeJS.ProcessEnv;
}

/**
 * Notifies the webhook of a workspace of how all jobs of a pipeline ended, as one run. A missing webhook is a warning.
 * @throws when the webhook is set wrongly
 */
export async function notifyReport(
  report: Report,
  records: readonly JournalRecord[],
  { plugins, env }: Workspace,
): Promise<void> {
  const warn = (message: string) => void process.stderr.write(`! ${message}\n`);
  const webhook = findWebhook(plugins, env);
  if (!webhook || 'unset' in webhook) {
    return warn(
      `No notification is sent: ${webhook ? `${webhook.unset.join(', ')} is not set` : 'no webhook is configured'}.`,
    );
  }
  const last = records.findLast((record) => record.type === 'run-started');
  const environment = last?.environment ?? 'production';
  const run = { run: last?.run ?? 'deploy', kind: 'deploy', environment } as const;
  const notifier = new Notifier(webhook, warn);
  const rollouts = new Map(
    report.skills.flatMap(({ skill, rollout }): [string, RolloutStatus][] =>
      rollout ? [[skill, rollout]] : [],
    ),
  );
  notifier.notify(endNotice(run, resultsOf(report, records), rollouts));
  await notifier.close();
}
