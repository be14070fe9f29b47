import type { DeploymentRecord } from '../state/app-record.js';

/** The filter `deployment_types` of the official document. */
export const deploymentTypes = [
  'MANUAL',
  'DEPLOY_ON_PUSH',
  'MAINTENANCE',
  'MANUAL_ROLLBACK',
  'AUTO_ROLLBACK',
  'UPDATE_DATABASE_TRUSTED_SOURCES',
  'AUTOSCALED',
] as const;
export type DeploymentType = (typeof deploymentTypes)[number];

/** What started a deployment. The other types never occur here. */
export function deploymentType({ cause }: DeploymentRecord): DeploymentType {
  if (/^commit \S+ pushed to /.test(cause)) return 'DEPLOY_ON_PUSH';
  return cause.startsWith('rollback to ') ? 'MANUAL_ROLLBACK' : 'MANUAL';
}
