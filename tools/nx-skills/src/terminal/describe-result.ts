import type { DeployResult } from '@odoobo/app-platform';
import { formatDuration } from './format.js';

/** Everything that is known about how a deploy ended; the whole cause where it failed. */
export function describeResult(result: DeployResult): string {
  const { skill, outcome, cause, deploymentId, url, durationMs, note } = result;
  if (!cause) {
    const told = `${headline(result)}${url ? ` at ${url}` : ''} (${formatDuration(durationMs)})`;
    return `${skill}: ${told}\n${note ? `  ${note.replaceAll('\n', '\n  ')}\n` : ''}`;
  }
  return [
    `${skill}: ${outcome} after ${formatDuration(durationMs)}`,
    field('reason', cause.code),
    field('step', cause.step),
    field('phase', cause.phase),
    field('deployment', deploymentId),
    ...block(cause.message),
    ...(cause.logTail.length > 0
      ? ['  last lines of the log:', ...cause.logTail.map((line) => `    | ${line}`)]
      : []),
    '',
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

/** The outcome in a word or two. */
export function headline({ outcome, action }: Pick<DeployResult, 'outcome' | 'action'>): string {
  return outcome === 'deployed' ? doneBy[action] : outcome.replace('-', ' ');
}

const doneBy: Record<DeployResult['action'], string> = {
  create: 'created',
  update: 'updated',
  follow: 'followed',
  none: 'unchanged',
  rollback: 'rolled back',
  commit: 'committed',
  revert: 'reverted',
  delete: 'deleted',
};

function field(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `  ${name}: ${value}`;
}

function block(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
