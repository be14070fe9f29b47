import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { isLocal } from '../placement/environment.js';
import { runName } from '../records/run-name.js';
import { resultsIn } from '../records/run-records.js';
import { isSuccess } from '../records/run-status.js';
import type { RunHooks, RunResults } from '../runs/show-deploys.js';
import { describeError } from '../terminal/describe-error.js';
import { endNotice, errorNotice, startedNotice } from './notice.js';
import { RolloutNotices } from './rollout-notices.js';
import { lastNotified, RunNotifier } from './run-notifier.js';
import { findWebhook } from './webhook.js';
import type { NotifiedRun, Work } from './with-notifications.js';

/** The longest time for the notice of an interrupted run, in milliseconds: Nx ends its tasks soon after. */
const interruptedMs = 1_500;

/** As `withNotifications`, in a workspace that may have a webhook. */
export async function notifyRun(run: NotifiedRun, hooks: RunHooks, work: Work): Promise<RunResults> {
  const webhook = findWebhook(run.workspace.plugins, run.env);
  if (!webhook) return work(hooks);
  if ('unset' in webhook) {
    // On a developer's machine an unset variable is normal.
    if (!isLocal(run.environment)) {
      hooks.onWarning(`No notification is sent: ${webhook.setBy}: ${webhook.unset.join(', ')} is not set.`);
    }
    return work(hooks);
  }
  const name = runName(run.env, run.kind);
  const notifier = new RunNotifier(run.workspace.root, name, webhook, hooks.onWarning);
  try {
    return await workAndNotify(run, hooks, work, notifier);
  } finally {
    await notifier.close(hooks.signal.aborted ? interruptedMs : undefined);
  }
}

async function workAndNotify(
  { skills, expected, kind, environment }: NotifiedRun,
  hooks: RunHooks,
  work: Work,
  notifier: RunNotifier,
): Promise<RunResults> {
  const run = { kind, environment, run: notifier.name.run };
  const records = notifier.records();
  let started = lastNotified(records) !== undefined;
  const rollouts = new RolloutNotices(run);
  const onEvent = (event: DeployEvent) => {
    hooks.onEvent(event);
    const notice = rollouts.of(event);
    if (notice) notifier.notify(notice);
    if (started || event.type !== 'planned' || event.action === 'none') return;
    started = true;
    notifier.notify(startedNotice(run, skills));
  };
  try {
    const shown = await work({ ...hooks, onEvent });
    const results = [...resultsIn(records), ...shown.results];
    if (isWorthANotice(results, started, expected)) notifier.notify(endNotice(run, results, rollouts.last));
    return shown;
  } catch (error) {
    const event = hooks.signal.aborted ? 'interrupted' : 'failed';
    if (started || event === 'failed') notifier.notify(errorNotice(run, event, describeError(error)));
    throw error;
  }
}

/** A run without changes sends no notice, and a run of several batches sends one. */
function isWorthANotice(results: readonly DeployResult[], started: boolean, expected: number): boolean {
  if (results.some((result) => !isSuccess(result) && result.outcome !== 'interrupted')) return true;
  if (results.some(({ outcome }) => outcome === 'interrupted')) return started;
  return started && results.length >= expected;
}
