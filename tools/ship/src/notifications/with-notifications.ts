import type { PluginEntry } from '../manifest/plugin-entry.js';
import type { RunHooks, RunResults } from '../runs/show-deploys.js';
import type { ChangeKind } from '../runs/start-record.js';
import type { NoticeRun } from './notice.js';
import { mayHaveWebhook } from './webhook-setting.js';

export interface NotifiedRun extends Omit<NoticeRun, 'run' | 'kind'> {
  kind: ChangeKind;
  skills: readonly string[];
  /** How many skills the whole run of Nx has: these, and those of other batches. */
  expected: number;
  workspace: { root: string; plugins?: readonly PluginEntry[] | undefined };
  env: NodeJS.ProcessEnv;
}

export type Work = (hooks: RunHooks) => Promise<RunResults>;

/**
 * Does the work of a run and notifies the workspace's webhook when the run begins to change something, and of its result.
 * @throws what the work throws; before it begins, when the webhook is set wrongly
 */
export async function withNotifications(run: NotifiedRun, hooks: RunHooks, work: Work): Promise<RunResults> {
  if (!mayHaveWebhook(run.workspace.plugins, run.env)) return work(hooks);
  const { notifyRun } = await import('./notify-run.js');
  return notifyRun(run, hooks, work);
}
