import type { DeployCause, DeployResult } from '@odoobo/app-platform';
import { formatDuration } from '../terminal/format.js';
import { split, wrap } from '../terminal/wrap.js';

/**
 * The result of a deploy. If it failed, the first lines give the reason; the end of the log comes last.
 * @param columns maximum width of a line
 */
export function describeResult(result: DeployResult, columns = Infinity): string {
  const lines = result.cause ? failureLines(result, result.cause) : successLines(result);
  const log = result.cause?.logTail ?? [];
  const shown = [
    ...lines.flatMap((line) => wrap(line, columns)),
    ...(log.length > 0 ? ['  last lines of the log:'] : []),
    ...log.flatMap((line) => split(line, columns - logMark.length)).map((line) => `${logMark}${line}`),
  ];
  return shown.map((line) => `${line}\n`).join('');
}

const logMark = '    | ';

function successLines(result: DeployResult): string[] {
  const { skill, url, durationMs, note } = result;
  const summary = `${headline(result)}${url ? ` at ${url}` : ''} (${formatDuration(durationMs)})`;
  return [`${skill}: ${summary}`, ...indented(note)];
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

/** The reason of a failure in one line: the code, and the most informative line of the log or of the message. */
export function causeLine(cause: DeployCause): string {
  return `${cause.code}: ${cause.logError ?? firstOf(cause.message)}`;
}

/** The same as a sentence. */
export function briefCause(cause: DeployCause): string {
  return causeLine(cause).split(/(?<=\.) /)[0] ?? '';
}

/** The first line, with the first item of a list that it may introduce. */
function firstOf(message: string): string {
  const [first = '', second = ''] = message.split('\n');
  return first.endsWith(':') ? `${first} ${second.trim()}` : first;
}

/** The outcome in one or two words. */
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
  restart: 'restarted',
  scale: 'scaled',
};

function field(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`  ${name}: ${value}`];
}

function indented(text: string | undefined): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => `  ${line}`);
}
