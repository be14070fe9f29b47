import { describeEvent } from './describe-event.js';
import type { SkillRecord } from './record.js';
import type { TaskRecord } from './task-record.js';

/** A record as one line about its skill, for logs. */
export function describeRecord(record: SkillRecord | TaskRecord): string {
  switch (record.type) {
    case 'checked':
      return record.healthy
        ? `healthy${at(record.url)}`
        : `unhealthy${at(record.url)}: ${record.trouble ?? ''}`;
    case 'tested':
      return record.success
        ? `passed its smoke test${at(record.url)}`
        : `failed its smoke test${at(record.url)}: ${record.failedStages.join(', ')}`;
    case 'merged':
      return `${record.branch} at ${record.head} merged into ${record.into} by ${record.commit}${proofOf(record)}`;
    case 'merge-refused':
      return `not merged: ${[record.reason, ...(record.files ?? [])].join('\n  ')}`;
    case 'worktree':
      return `worktree ${record.path} of ${record.branch}: ${record.action}`;
    default:
      return describeEvent(record);
  }
}

function at(url: string | undefined): string {
  return url === undefined ? '' : ` at ${url}`;
}

function proofOf({ deployment, verifiedAt }: Extract<TaskRecord, { type: 'merged' }>): string {
  if (deployment === undefined) return ', not verified';
  return `, live as deployment ${deployment}${verifiedAt === undefined ? '' : `, verified at ${verifiedAt}`}`;
}
