import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import { describeRollout } from '../rollout/describe-rollout.js';
import { formatDuration } from '../terminal/format.js';
import type { SkillRecord } from './record.js';
import { rolloutStatus } from './rollout-status.js';
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

/** An event as one line, for logs. */
function describeEvent(event: DeployEvent): string {
  switch (event.type) {
    case 'planned':
      return `planned: ${event.action}${describePlan(event)}`;
    case 'waiting':
      return event.reason === 'deployer'
        ? `waiting for another deploy: ${event.for}`
        : `waiting for ${event.reason === 'push' ? 'the deployment that the push starts' : event.for}`;
    case 'written':
      return `${event.action} sent: deployment ${event.deploymentId} of app ${event.appId}`;
    case 'progress':
      return `${event.phase} ${event.done}/${event.total}${event.step ? `: ${event.step}` : ''}`;
    case 'active':
      return `deployment ${event.deploymentId} is active${event.url ? ` at ${event.url}` : ''}`;
    case 'verifying':
      return `checking ${event.url}`;
    case 'verified':
      return `${event.url} is healthy (tries: ${event.tries})`;
    case 'smoke-testing':
      return `testing ${event.url}`;
    case 'smoke-tested':
      return `${event.url} passes its smoke test`;
    case 'rollout':
      return `rollout ${event.rollout}: ${describeRollout(rolloutStatus(event))}`;
    case 'rolling-back':
      return `rolling back from ${event.from} to ${event.to}: ${inOneLine(event.reason)}`;
    case 'rolled-back':
      return `rolled back to ${event.to} by deployment ${event.deploymentId}`;
    case 'finished':
      return describeResult(event.result);
  }
}

function describePlan({ changes, removes, keeps }: Extract<DeployEvent, { type: 'planned' }>): string {
  const paths = changes.length > 0 ? ` (${changes.map(({ path }) => path).join(', ')})` : '';
  const gone = removes ? `; removes ${removes.join(', ')}` : '';
  return `${paths}${gone}${keeps ? `; keeps ${keeps.join(', ')}` : ''}`;
}

function describeResult({ outcome, durationMs, note, cause }: DeployResult): string {
  const end = `${outcome} after ${formatDuration(durationMs)}`;
  if (!cause) return note ? `${end}: ${note}` : end;
  const step = cause.step ? ` in "${cause.step}"` : '';
  return [
    `${end}: ${cause.code}${step}: ${inOneLine(cause.message)}`,
    ...(cause.logError === undefined ? [] : [`  ${cause.logError}`]),
    ...cause.logTail.map((line) => `  | ${line}`),
  ].join('\n');
}

/** The text with a list as a sentence. */
function inOneLine(text: string): string {
  return text.replaceAll(/:\n +/g, ': ').replaceAll(/\n +/g, '; ');
}
