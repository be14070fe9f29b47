import type { DeployCause, DeployResult } from '@odoobo/app-platform';
import { formatDuration } from '../terminal/format.js';
import { split, wrap } from '../terminal/wrap.js';

/**
 * How a deploy ended. If it failed, the first lines say why; the end of the log comes last.
 *
 * @param columns how wide a line may be
 */
export function describeResult(result: DeployResult, columns = Infinity): string {
  const lines = result.cause ? failureLines(result, result.cause) : successLines(result);
  const log = result.cause?.logTail ?? [];
  const told = [
    ...lines.flatMap((line) => wrap(line, columns)),
    ...(log.length > 0 ? ['  last lines of the log:'] : []),
    ...log.flatMap((line) => split(line, columns - logMark.length)).map((line) => `${logMark}${line}`),
  ];
  return told.map((line) => `${line}\n`).join('');
}

const logMark = '    | ';

function successLines(result: DeployResult): string[] {
  const { skill, url, durationMs, note } = result;
  const told = `${headline(result)}${url ? ` at ${url}` : ''} (${formatDuration(durationMs)})`;
  return [`${skill}: ${told}`, ...indented(note)];
}

function failureLines(
  { skill, outcome, durationMs, deploymentId }: DeployResult,
  cause: DeployCause,
): string[] {
  const { code, message, logError, step, phase } = cause;
  return [
    `${skill}: ${outcome} after ${formatDuration(durationMs)}`,
    ...(logError === undefined ? [] : [`  ${logError}`]),
    `  reason: ${code}`,
    ...indented(message),
    ...field('step', step),
    // A live version that fails is in no phase of a deployment.
    ...field('phase', step === undefined && phase !== 'ACTIVE' ? phase : undefined),
    ...field('deployment', deploymentId),
  ];
}

/** Why something failed, in a line: the code, and the line of the log or of the message that says most. */
export function causeLine(cause: DeployCause): string {
  return `${cause.code}: ${cause.logError ?? firstOf(cause.message)}`;
}

/** The same in a sentence. */
export function briefCause(cause: DeployCause): string {
  return causeLine(cause).split(/(?<=\.) /)[0] ?? '';
}

/** The first line, with the first thing of the list that it may begin. */
function firstOf(message: string): string {
  const [first = '', second = ''] = message.split('\n');
  return first.endsWith(':') ? `${first} ${second.trim()}` : first;
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

function field(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`  ${name}: ${value}`];
}

function indented(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => `  ${line}`);
}
