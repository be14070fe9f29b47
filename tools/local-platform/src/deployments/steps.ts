import type { AppSpec } from '@odoobo/app-platform/spec';
import type { DeploymentRecord, Step } from '../state/app-record.js';

export interface Reason {
  code: string;
  message: string;
}

/** What App Platform calls each kind of component in a step's message, such as "Building service". */
const kinds = {
  services: 'service',
  static_sites: 'static site',
  workers: 'worker',
  jobs: 'job',
  functions: 'functions',
} as const;

/**
 * The leaf steps of a new deployment, all pending: six for one service. Names and order are those of the official
 * document (example `deployment`).
 */
export function initialSteps(spec: AppSpec): Step[] {
  const components = componentsOf(spec);
  return [
    { path: ['build', 'initialize'], status: 'PENDING' },
    ...components.map((one) => step(['build', 'components', one.name], one, 'Building')),
    { path: ['deploy', 'initialize'], status: 'PENDING' },
    ...components.flatMap((one) => [
      step(['deploy', 'components', one.name, 'deploy'], one, 'Deploying'),
      step(['deploy', 'components', one.name, 'wait'], one, 'Waiting for'),
    ]),
    { path: ['deploy', 'finalize'], status: 'PENDING' },
  ];
}

interface Component {
  name: string;
  kind: string;
}

function componentsOf(spec: AppSpec): Component[] {
  const fields = Object.keys(kinds) as (keyof typeof kinds)[];
  return fields.flatMap((field) => (spec[field] ?? []).map(({ name }) => ({ name, kind: kinds[field] })));
}

function step(path: string[], component: Component, verb: string): Step {
  return { path, component: component.name, message: `${verb} ${component.kind}`, status: 'PENDING' };
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
