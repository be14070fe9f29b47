import type { Phase } from '@odoobo/app-platform/spec';
import type { AppRecord, DeploymentRecord, Step } from '../state/app-record.js';
import { setSteps, type Reason } from './steps.js';

/** Which phase may follow which. What has no successor never changes again. */
const successors: Record<Phase, readonly Phase[]> = {
  UNKNOWN: [],
  PENDING_BUILD: ['BUILDING', 'ERROR', 'CANCELED'],
  BUILDING: ['PENDING_DEPLOY', 'ERROR', 'CANCELED'],
  PENDING_DEPLOY: ['DEPLOYING', 'ERROR', 'CANCELED'],
  DEPLOYING: ['ACTIVE', 'ERROR', 'CANCELED'],
  ACTIVE: ['SUPERSEDED'],
  SUPERSEDED: [],
  ERROR: [],
  CANCELED: [],
};

/** The way of a deployment that goes well. */
export const happyPath = ['PENDING_BUILD', 'BUILDING', 'PENDING_DEPLOY', 'DEPLOYING', 'ACTIVE'] as const;

/** A deployment was asked for a phase that cannot follow the one it is in, for example because it was cancelled. */
export class PhaseError extends Error {
  override name = 'PhaseError';
}

/** True from the moment a deployment is recorded until it is live, failed or cancelled. */
export function isUnderWay(deployment: DeploymentRecord): boolean {
  return successors[deployment.phase].includes('CANCELED');
}

export function underWay(app: AppRecord): DeploymentRecord | undefined {
  return app.deployments.find(isUnderWay);
}

export function activeDeployment(app: AppRecord): DeploymentRecord | undefined {
  return app.deployments.find((deployment) => deployment.phase === 'ACTIVE');
}

const builds = (step: Step) => step.path[0] === 'build';
const named = (name: string) => (step: Step) => step.path.at(-1) === name && step.path[0] === 'deploy';

/** What entering a phase does to the steps. */
const stepsOnEntry: Partial<Record<Phase, (deployment: DeploymentRecord, now: string) => DeploymentRecord>> =
  {
    BUILDING: (deployment, now) =>
      setSteps(
        setSteps(deployment, builds, 'RUNNING', now),
        (step) => builds(step) && step.component === undefined,
        'SUCCESS',
        now,
      ),
    PENDING_DEPLOY: (deployment, now) => setSteps(deployment, builds, 'SUCCESS', now),
    DEPLOYING: (deployment, now) =>
      setSteps(setSteps(deployment, named('initialize'), 'SUCCESS', now), named('deploy'), 'RUNNING', now),
    ACTIVE: (deployment, now) => setSteps(deployment, () => true, 'SUCCESS', now),
    CANCELED: (deployment, now) => setSteps(deployment, (step) => step.status === 'RUNNING', 'ERROR', now),
  };

/**
 * The deployment in its next phase, with the steps that belong to it.
 * @throws PhaseError when that phase cannot follow.
 */
export function enter(deployment: DeploymentRecord, phase: Phase, now: string): DeploymentRecord {
  if (!successors[deployment.phase].includes(phase)) {
    throw new PhaseError(`Deployment ${deployment.id} is ${deployment.phase}; it cannot become ${phase}.`);
  }
  const moved = { ...deployment, phase, phaseUpdatedAt: now, updatedAt: now };
  return stepsOnEntry[phase]?.(moved, now) ?? moved;
}

/** Like `enter`, but a deployment that was taken up again after a restart of the server may be further already. */
export function reach(
  deployment: DeploymentRecord,
  phase: (typeof happyPath)[number],
  now: string,
): DeploymentRecord {
  const order = (one: Phase) => happyPath.findIndex((step) => step === one);
  return order(deployment.phase) >= order(phase) ? deployment : enter(deployment, phase, now);
}

/** The process runs and its health check begins. */
export function startWaiting(deployment: DeploymentRecord, now: string): DeploymentRecord {
  return setSteps(setSteps(deployment, named('deploy'), 'SUCCESS', now), named('wait'), 'RUNNING', now);
}

/** Ends in ERROR; the step that was under way (or would have been next) carries the reason. */
export function fail(deployment: DeploymentRecord, reason: Reason, now: string): DeploymentRecord {
  const failing =
    deployment.steps.find((step) => step.status === 'RUNNING') ??
    deployment.steps.find((step) => step.status === 'PENDING');
  return enter(
    setSteps(deployment, (step) => step === failing, 'ERROR', now, reason),
    'ERROR',
    now,
  );
}

/** The app with one deployment changed. */
export function withDeployment(
  app: AppRecord,
  id: string,
  change: (deployment: DeploymentRecord) => DeploymentRecord,
): AppRecord {
  return { ...app, deployments: app.deployments.map((one) => (one.id === id ? change(one) : one)) };
}

/** Makes one deployment live; the one that was live is superseded in the same write, so there are never two. */
export function activate(app: AppRecord, id: string, now: string): AppRecord {
  const deployments = app.deployments.map((one) => {
    if (one.id === id) return enter(one, 'ACTIVE', now);
    return one.phase === 'ACTIVE' ? enter(one, 'SUPERSEDED', now) : one;
  });
  return { ...app, deployments };
}

/** How many deployments an app remembers. The live one, the pinned one and what is under way are always kept. */
const remembered = 100;

/** Adds a deployment; one that is still under way is overtaken and ends CANCELED. */
export function addDeployment(app: AppRecord, added: DeploymentRecord, now: string): AppRecord {
  const earlier = app.deployments.map((one) => (isUnderWay(one) ? enter(one, 'CANCELED', now) : one));
  const kept = earlier.filter(
    (one, age) => age < remembered - 1 || one.phase === 'ACTIVE' || one.id === app.pin?.deploymentId,
  );
  return { ...app, deployments: [added, ...kept], updatedAt: now };
}
