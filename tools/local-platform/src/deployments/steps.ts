import type { AppSpec } from '@odoobo/app-platform/spec';
import type { DeploymentRecord, Step } from '../state/app-record.js';
import { type Component, componentsOf } from './components.js';

export interface Reason {
  code: string;
  message: string;
}

/**
 * The leaf steps of a new deployment, all pending: six for one service. Names and order are those of the official
 * document (example `deployment`). The steps of a FAILED_DEPLOY job stay pending in a deployment that succeeds:
 * https://github.com/digitalocean/terraform-provider-digitalocean/pull/1048
 */
export function initialSteps(spec: AppSpec): Step[] {
  const components = componentsOf(spec);
  return [
    { path: ['build', 'initialize'], status: 'PENDING' },
    ...components.map((one) => step(['build', 'components', one.spec.name], one, 'Building')),
    { path: ['deploy', 'initialize'], status: 'PENDING' },
    ...components.flatMap((one) => [
      step(['deploy', 'components', one.spec.name, 'deploy'], one, 'Deploying'),
      step(['deploy', 'components', one.spec.name, 'wait'], one, 'Waiting for'),
    ]),
    { path: ['deploy', 'finalize'], status: 'PENDING' },
  ];
}

function step(path: string[], { kind, spec }: Component, verb: string): Step {
  return { path, component: spec.name, message: `${verb} ${kind}`, status: 'PENDING' };
}

/** Sets every leaf that `select` picks; start and end times follow from the status. */
export function setSteps(
  deployment: DeploymentRecord,
  select: (step: Step) => boolean,
  status: Step['status'],
  now: string,
  reason?: Reason,
): DeploymentRecord {
  const steps = deployment.steps.map((one) => (select(one) ? withStatus(one, status, now, reason) : one));
  return { ...deployment, steps, updatedAt: now };
}

function withStatus(step: Step, status: Step['status'], now: string, reason: Reason | undefined): Step {
  const ended = status === 'SUCCESS' || status === 'ERROR';
  return {
    ...step,
    status,
    startedAt: step.startedAt ?? now,
    ...(ended && { endedAt: step.endedAt ?? now }),
    ...(reason && { reason }),
  };
}
