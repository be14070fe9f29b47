import type { Deployment, DeploymentProgressStep } from '@odoobo/app-platform/spec';
import type { LogType } from './platform.js';
import { platformNow } from './platform-time.js';

export interface Leaf extends DeploymentProgressStep {
  /** Such as `deploy / web / wait`. */
  path: string;
}

/** The steps that have no steps of their own, in order. */
export function leavesOf(steps: readonly DeploymentProgressStep[] = [], above: string[] = []): Leaf[] {
  return steps.flatMap((step) => {
    const path = [...above, step.name ?? ''];
    if (step.steps && step.steps.length > 0) return leavesOf(step.steps, path);
    return [{ ...step, path: path.filter((name) => name !== 'components').join(' / ') }];
  });
}

/** The step that failed, with its reason. */
export function failedStep({ progress }: Deployment): Leaf | undefined {
  return leavesOf(progress?.steps).find(({ status }) => status === 'ERROR');
}

export function isUnderWay({ phase = 'UNKNOWN' }: Deployment): boolean {
  return ['PENDING_BUILD', 'BUILDING', 'PENDING_DEPLOY', 'DEPLOYING'].includes(phase);
}

/** Its artefact: the digest of its image, else its commit. */
export function artefactOf({
  spec,
  services,
  static_sites: sites,
  workers,
  jobs,
}: Deployment): string | undefined {
  const images = [...(spec?.services ?? []), ...(spec?.workers ?? []), ...(spec?.jobs ?? [])];
  const digest = images.find(({ image }) => image?.digest !== undefined)?.image?.digest;
  if (digest !== undefined) return digest;
  const built = [services, sites, workers, jobs].flatMap((components) => components ?? []);
  return built.find((one) => one.source_commit_hash)?.source_commit_hash;
}

/** The names of its components that may write a log. */
export function componentsOf({ spec }: Deployment): string[] {
  const { services = [], workers = [], jobs = [], static_sites: sites = [] } = spec ?? {};
  return [...services, ...workers, ...jobs, ...sites].map(({ name }) => name);
}

/** Milliseconds from its beginning until it was live or over; until now while it is in progress. */
export function durationOf(deployment: Deployment, now = platformNow()): number | undefined {
  const began = Date.parse(deployment.created_at ?? '');
  const ends = leavesOf(deployment.progress?.steps).flatMap(
    ({ ended_at: end }) => Date.parse(end ?? '') || [],
  );
  const end = isUnderWay(deployment) ? now : Math.max(...ends);
  return Number.isFinite(end - began) ? end - began : undefined;
}

/** The most informative log of it. */
export function relevantLog(deployment: Deployment): LogType {
  const { phase = 'UNKNOWN' } = deployment;
  if (phase === 'PENDING_BUILD' || phase === 'BUILDING') return 'BUILD';
  if (phase === 'ERROR') return failedStep(deployment)?.path.startsWith('build') ? 'BUILD' : 'RUN';
  return isUnderWay(deployment) ? 'DEPLOY' : 'RUN';
}

/** Whether it carries out a rollout: its router is beside the service, and its canary. */
export function isRollingOut(live: Deployment | undefined): boolean {
  const names = new Set(live?.spec?.services?.map(({ name }) => name));
  return [...names].some((name) => names.has(`${name}-router`) && names.has(`${name}-canary`));
}
