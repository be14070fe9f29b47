import { isUnderWay } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { AlertSpec } from './alerts-of.js';

type Rule = AlertSpec['rule'];

/** What happened to an app, for the alerts of a rule. */
export interface Happening {
  rule: Rule;
  /** In words. */
  reason: string;
}

/** What one change of a record means for the rules about deployments and domains. */
export function happeningsIn(before: AppRecord | undefined, after: AppRecord): Happening[] {
  const earlier = new Map(before?.deployments.map((one) => [one.id, one]));
  return after.deployments.flatMap((one) => {
    const was = earlier.get(one.id);
    if (was?.phase === one.phase) return [];
    return [...started(was, one), ...ended(one), ...domainsOf(before, one)];
  });
}

function started(was: DeploymentRecord | undefined, { id, cause }: DeploymentRecord): Happening[] {
  return was === undefined
    ? [{ rule: 'DEPLOYMENT_STARTED', reason: `deployment ${id} has started (${cause})` }]
    : [];
}

function ended({ id, phase, steps }: DeploymentRecord): Happening[] {
  if (phase === 'ACTIVE') return [{ rule: 'DEPLOYMENT_LIVE', reason: `deployment ${id} is live` }];
  if (phase === 'CANCELED')
    return [{ rule: 'DEPLOYMENT_CANCELED', reason: `deployment ${id} was cancelled` }];
  if (phase !== 'ERROR') return [];
  const failed = steps.find(({ status, reason }) => status === 'ERROR' && reason)?.reason;
  const why = failed ? ` with ${failed.code}: ${failed.message}` : '';
  return [{ rule: 'DEPLOYMENT_FAILED', reason: `deployment ${id} has failed${why}` }];
}

/** A domain is served, as `<domain>.localhost`, from the first deployment on that has it. */
function domainsOf(before: AppRecord | undefined, { phase, spec }: DeploymentRecord): Happening[] {
  if (phase !== 'ACTIVE') return [];
  const served =
    before?.deployments.filter((one) => one.phase === 'ACTIVE' || one.phase === 'SUPERSEDED') ?? [];
  const known = new Set(served.flatMap((one) => one.spec.domains?.map(({ domain }) => domain) ?? []));
  return (spec.domains ?? [])
    .filter(({ domain }) => !known.has(domain))
    .map(({ domain }) => ({ rule: 'DOMAIN_LIVE', reason: `${domain} is served` }));
}

/** Whether a raised alert of the rule is over: a failure when a later deployment is live, everything else at once. */
export function isOver(rule: Rule, { deployments }: AppRecord): boolean {
  if (rule !== 'DEPLOYMENT_FAILED') return true;
  return deployments.find((one) => !isUnderWay(one) && one.phase !== 'CANCELED')?.phase !== 'ERROR';
}
