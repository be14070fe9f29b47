import type { AppSpec } from '@odoobo/app-platform/spec';
import { randomUUID } from 'node:crypto';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { initialSteps } from './steps.js';

/** A deployment that has not begun. `spec` is as it is stored, its secrets encrypted. */
export function newDeployment(
  spec: AppSpec,
  cause: string,
  now: string,
  more: Pick<DeploymentRecord, 'clonedFrom' | 'sources' | 'forceBuild'> = {},
): DeploymentRecord {
  return {
    id: randomUUID(),
    cause,
    phase: 'PENDING_BUILD',
    createdAt: now,
    updatedAt: now,
    phaseUpdatedAt: now,
    spec,
    steps: initialSteps(spec),
    ...more,
  };
}

/** An app with its first deployment. */
export function newApp(spec: AppSpec, now: string): AppRecord {
  return {
    version: 1,
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    spec,
    deployments: [newDeployment(spec, 'initial deployment', now)],
  };
}
