import type { AppPlatformClient, LogType } from '../client/client.js';
import { errorIn } from '../follow/log-error.js';
import { type Deployment, type DeploymentProgressStep, plainText } from '../spec/index.js';
import type { DeployCause, DeployResult, DeployStep } from './events.js';

export interface DeployFailureDetails {
  code: string;
  message: string;
  outcome?: DeployResult['outcome'];
  phase?: string | undefined;
  step?: string | undefined;
  logTail?: string[];
  logError?: string | undefined;
  cause?: unknown;
}

/** A failed deploy, as its result reports it. */
export class DeployFailure extends Error {
  override readonly name = 'DeployFailure';
  readonly outcome: DeployResult['outcome'];
  readonly details: DeployCause;

  constructor({ outcome = 'failed', cause, ...details }: DeployFailureDetails) {
    super(details.message, { cause });
    const { code, message, logTail = [], logError, phase, step } = details;
    this.outcome = outcome;
    this.details = {
      ...{ code, message, logTail },
      ...(logError && { logError }),
      ...(phase && { phase }),
      ...(step && { step }),
    };
  }
}

/** A step with the steps that contain it, outermost first. */
type StepPath = readonly DeploymentProgressStep[];

function pathsTo(
  steps: readonly DeploymentProgressStep[] | undefined,
  status: DeploymentProgressStep['status'],
  above: StepPath = [],
): StepPath[] {
  return (steps ?? []).flatMap((step) => {
    const path = [...above, step];
    const inner = pathsTo(step.steps, status, path);
    if (inner.length > 0) return inner;
    return step.status === status ? [path] : [];
  });
}

/** A step in words: `Building service pr-review`; its name if it has no message. */
export function describeStep(step: DeploymentProgressStep | undefined): string | undefined {
  if (!step) return undefined;
  if (!step.message_base) return step.name;
  return step.component_name ? `${step.message_base} ${step.component_name}` : step.message_base;
}

/** The innermost steps of a deployment that have ended, with the platform's times. */
export function endedSteps({ progress }: Deployment): DeployStep[] {
  return leaves(progress?.steps).flatMap((step) => {
    const { started_at: startedAt, ended_at: endedAt, status } = step;
    if (startedAt === undefined || endedAt === undefined) return [];
    const name = describeStep(step) ?? 'step';
    return [{ name, startedAt, endedAt, ...(status === 'ERROR' && { failed: true }) }];
  });
}

function leaves(steps: readonly DeploymentProgressStep[] = []): DeploymentProgressStep[] {
  return steps.flatMap((step) => (step.steps?.length ? leaves(step.steps) : [step]));
}

/** The innermost step that is running. */
export function runningStep(deployment: Deployment): string | undefined {
  return describeStep(pathsTo(deployment.progress?.steps, 'RUNNING')[0]?.at(-1));
}

/** Where a deployment failed: the deepest failed step, and of those the first one with a reason. */
export function failedStep(deployment: Deployment): {
  step?: DeploymentProgressStep | undefined;
  reason?: DeploymentProgressStep['reason'];
  phase: 'BUILDING' | 'DEPLOYING';
} {
  const paths = pathsTo(deployment.progress?.steps, 'ERROR');
  const path = paths.find((one) => one.at(-1)?.reason) ?? paths[0];
  return {
    step: path?.at(-1),
    // The step itself, or one that contains it, may have the reason.
    reason: path?.findLast((step) => step.reason)?.reason,
    phase: path?.[0]?.name === 'build' ? 'BUILDING' : 'DEPLOYING',
  };
}

interface LogPlace {
  appId: string;
  deploymentId: string;
  component?: string | undefined;
}

/** What the log says. */
type LogEnd = Pick<DeployFailureDetails, 'logTail' | 'logError'>;

/** How many lines are kept. */
const tailLines = 20;
/** How many lines are searched: a stack trace with its causes may fill the tail alone. */
const readLines = 200;
/** For each of the two calls, without the wait for the limiter. */
const logDeadlineMs = 5_000;

/**
 * The most useful part of the log after a failure: of the build, or else what the containers wrote during the
 * deployment, or while they ran. A log that cannot be read is reported in one line: it must not hide the failure.
 */
export async function readLogEnd(
  client: AppPlatformClient,
  where: LogPlace,
  types: LogType[],
  signal: AbortSignal,
): Promise<LogEnd> {
  const log = await firstLog(client, where, types, signal);
  signal.throwIfAborted();
  return log;
}

/** A message with further text: on a separate line if the message is a list. */
export function withMore(message: string, more: string): string {
  if (message.includes('\n')) return `${message}\n${more}`;
  return `${message}${message.endsWith('.') ? '' : '.'} ${more}`;
}

async function firstLog(
  client: AppPlatformClient,
  where: LogPlace,
  types: LogType[],
  signal: AbortSignal,
): Promise<LogEnd> {
  let trouble: string[] = [];
  for (const type of types) {
    try {
      const addresses = await client.getLogs(
        { ...where, type, tailLines: readLines },
        { signal, timeoutMs: logDeadlineMs },
      );
      const options = { signal, withinMs: logDeadlineMs };
      const lines = tailOf(await client.fetchLog(addresses, options));
      if (lines.length > 0) return { logTail: lines.slice(-tailLines), logError: errorIn(lines) };
    } catch (error) {
      trouble = [`(no ${type} log: ${error instanceof Error ? error.message : String(error)})`];
    }
  }
  return { logTail: trouble };
}

function tailOf(log: string): string[] {
  const lines = plainText(log)
    .split('\n')
    .map(withoutStamp)
    .filter((line) => line.trim() !== '');
  return lines.slice(-readLines);
}

/** App Platform begins a line of a log with its component and time: `web 2026-01-31T12:00:00.000Z listening`. */
function withoutStamp(line: string): string {
  return line.replace(/^\S+ \d{4}-\d\d-\d\dT[\d:.]+Z ?/, '');
}
