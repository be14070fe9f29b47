import type { AppSpec } from '@odoobo/app-platform/spec';
import { isDeepStrictEqual } from 'node:util';
import { ApiError, notFound } from '../errors/api-error.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';

/** `app_rollback_validation_condition` of the official document. */
export interface Condition {
  code: string;
  message: string;
  components?: string[];
}

/** How many live deployments a rollback can go back. App Platform's own number is not documented. */
export const revisionLimit = 10;

/** Why an app cannot go back to a deployment, and what to know if it can. */
export function validateRollback(
  app: AppRecord,
  deploymentId: string,
): { valid: boolean; error?: Condition; warnings: Condition[] } {
  const target = findDeployment(app, deploymentId);
  const error = blocker(app, target);
  return { valid: error === undefined, ...(error && { error }), warnings: warningsOf(target.spec) };
}

/** @throws ApiError 404 when there is no such deployment, 400 when the rollback is not valid. */
export function requireRollback(app: AppRecord, deploymentId: string): DeploymentRecord {
  const { error } = validateRollback(app, deploymentId);
  if (error) throw new ApiError(400, `Cannot roll back "${app.spec.name}": ${error.message} (${error.code})`);
  return findDeployment(app, deploymentId);
}

/** @throws ApiError 404; 400 for what is no id, in App Platform's words */
export function findDeployment(app: AppRecord, id: string): DeploymentRecord {
  if (!isUuid(id)) throw new ApiError(400, 'invalid uuid');
  const found = app.deployments.find((deployment) => deployment.id === id);
  if (found === undefined) throw notFound(`Deployment ${id} of app "${app.spec.name}"`);
  return found;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The first condition that forbids the rollback. */
function blocker(app: AppRecord, target: DeploymentRecord): Condition | undefined {
  const { id, phase, spec } = target;
  const live = app.deployments.filter((one) => one.phase === 'SUPERSEDED');
  if (app.pin) {
    return {
      code: 'app_pinned',
      message: `the app is pinned to rollback deployment ${app.pin.deploymentId}.`,
    };
  }
  if (phase === 'ERROR' || phase === 'CANCELED') {
    return { code: 'incompatible_result', message: `deployment ${id} is ${phase}; it was never live.` };
  }
  if (phase !== 'SUPERSEDED') {
    return { code: 'incompatible_phase', message: `deployment ${id} is ${phase}, not SUPERSEDED.` };
  }
  if (live.indexOf(target) >= revisionLimit) {
    return {
      code: 'exceeded_revision_limit',
      message: `deployment ${id} is older than the last ${revisionLimit} live deployments.`,
    };
  }
  if (spec.region !== app.spec.region) {
    return {
      code: 'region_conflict',
      message: `deployment ${id} ran in region ${spec.region ?? '(default)'}.`,
    };
  }
  if (!isDeepStrictEqual(spec.databases, app.spec.databases)) {
    return { code: 'database_config_conflict', message: `deployment ${id} had other databases.` };
  }
  return undefined;
}

function warningsOf(spec: AppSpec): Condition[] {
  const sites = (spec.static_sites ?? []).map(({ name }) => name);
  const undigested = [...(spec.services ?? []), ...(spec.workers ?? []), ...(spec.jobs ?? [])]
    .filter(({ image }) => image && image.digest === undefined)
    .map(({ name }) => name);
  return [
    { code: 'static_site_requires_rebuild', message: 'Static sites are rebuilt.', components: sites },
    {
      code: 'image_source_missing_digest',
      message: 'The tag may point to another image by now.',
      components: undigested,
    },
  ].filter(({ components }) => components.length > 0);
}
