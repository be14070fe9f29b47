import type { DeployResult } from '@odoobo/app-platform';
import { unsentCodes } from '../deploy/could-not-be-sent.js';
import type { RunName } from '../records/run-name.js';
import { appsOf, resultsIn } from '../records/run-records.js';
import { endNotice } from './notice.js';
import { lastNotified, RunNotifier } from './run-notifier.js';
import { findWebhook } from './webhook.js';
import type { NotifiedRun } from './with-notifications.js';

export interface IncompleteRun extends Pick<NotifiedRun, 'workspace' | 'env'> {
  name: RunName;
  /** Failed tasks of any kind. */
  failed: readonly { id: string; skill: string }[];
}

/**
 * Sends the final notice of a deploy that has only sent the first one: it waited for another batch of the same run of
 * Nx, which did not run because builds failed; or its process was killed.
 */
export async function notifyLeftOut({ name, failed, workspace, env }: IncompleteRun): Promise<void> {
  const webhook = findWebhook(workspace.plugins, env);
  if (!webhook || 'unset' in webhook) return;
  const notifier = new RunNotifier(workspace.root, name, webhook, (message) =>
    process.stderr.write(`  ! ${message}\n`),
  );
  const records = notifier.records();
  if (lastNotified(records) !== 'started') return;
  const environment = records.find((record) => record.type === 'notified')?.environment ?? 'local';
  const results = resultsIn(records);
  const ended = new Set(results.map(({ skill }) => skill));
  const leftOut = failed
    .filter(({ skill }) => !appsOf(skill, records).some((app) => ended.has(app)))
    .map(notDeployed);
  notifier.notify(endNotice({ run: name.run, kind: 'deploy', environment }, [...results, ...leftOut]));
  await notifier.close();
}

function notDeployed({ id, skill }: { id: string; skill: string }): DeployResult {
  const cause = { code: unsentCodes.taskFailed, message: `${id} failed`, logTail: [] };
  return { skill, outcome: 'failed', action: 'none', digest: '-', durationMs: 0, cause };
}
