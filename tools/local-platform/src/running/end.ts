import { errorIn } from '@odoobo/app-platform/follow';
import { DeploymentFailure } from '../deployments/failure.js';
import { isOwnLine } from '../logs/log-folder.js';
import { readTail } from '../logs/read-log.js';
import type { Exit } from '../process/process-group.js';
import type { InstanceRun } from './instance-run.js';
import { logSaysWhy } from './ready.js';
import { RecordedDeployment } from './recorded-deployment.js';

/** How many of the last lines are looked through for why it ended. */
const tailLines = 50;

/** How an instance of the live deployment ended. */
export interface End {
  what: string;
  /** It still runs, and is to be ended. */
  alive?: boolean;
  /** It ended by itself, and may have said why. */
  says?: boolean;
}

/** Signals by which others end a process. */
const fromOutside = ['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

export function howItEnded({ code, signal }: Exit): End {
  if (signal !== null) return { what: `ended by ${signal}`, says: !fromOutside.includes(signal) };
  return code === null
    ? { what: 'ended', says: true }
    : { what: `ended with code ${code}`, says: code !== 0 };
}

/** A process that an earlier platform started, and that this one no longer found. */
export const endedUnseen: End = { what: 'ended while no platform was running', says: true };

/** A process that could not be restarted. */
export function notStartedAgain(error: Error): End {
  const { code } = error instanceof DeploymentFailure ? error : {};
  const message = error.message.replace(logSaysWhy, '').replace(/\.? *$/, '');
  return {
    what: `could not be restarted: ${code ? `${code}: ` : ''}${message}`,
    says: code === 'DeployContainerExitNonZero',
  };
}

/** A description with the line in which the process gives the reason; without secrets. Call it before its log is moved. */
export async function causeOf({ what, says }: End, { component }: InstanceRun): Promise<string> {
  const printed = says ? await readTail(component.log.file('RUN'), tailLines) : [];
  const line = errorIn(printed.filter((one) => !isOwnLine(one)));
  return component.redact(line === undefined ? what : `${what}: ${line}`);
}

/** Counts a restart in the record of the deployment, which stays on the disk. */
export async function noteRestart({ component, name }: InstanceRun, cause: string): Promise<void> {
  const { runtime, appId, deployment } = component;
  const record = new RecordedDeployment(runtime.store, appId, deployment.id);
  await record
    .note((one, at) => {
      const count = (one.restarts?.[name]?.count ?? 0) + 1;
      return {
        ...one,
        restarts: { ...one.restarts, [name]: { component: component.name, count, at, cause } },
      };
    })
    .catch((error: Error) => runtime.warn(`A restart of ${name} could not be recorded: ${error.message}`));
}
