import { SkillError } from '@odoobo/skill-kit';
import type { Call, Output } from '../schema.js';

interface Batch {
  calls: Call[];
  on_error: 'stop' | 'continue';
}

interface FailedItem {
  error: { status: number; code: string; message: string };
}

/** What became of one call of a batch. */
type Item = Omit<Output, 'uid'> | FailedItem | { skipped: true };

/** After these errors the calls that follow would fail too. */
const endings = ['access_denied', 'session_expired', 'unreachable', 'timeout', 'answer_too_large'];

/**
 * Makes the calls of a batch in their order, as one account. Odoo's protocols have no call of several methods, so each is
 * a transaction of its own. An error is the result of its call: the caller learns what was done before.
 */
export async function runBatch(batch: Batch, run: (call: Call) => Promise<Output>): Promise<Output> {
  const items: Item[] = [];
  let uid: number | undefined;
  let stopped = false;
  for (const call of batch.calls) {
    if (stopped) {
      items.push({ skipped: true });
      continue;
    }
    try {
      const { uid: caller, ...output } = await run(call);
      uid = caller ?? uid;
      items.push(output);
    } catch (error) {
      if (!(error instanceof SkillError)) throw error;
      const { status, code, message } = error;
      items.push({ error: { status, code, message } });
      stopped = batch.on_error === 'stop' || endings.includes(code);
    }
  }
  return { result: items, ...(uid !== undefined && { uid }) };
}
