import type { Phase } from '@odoobo/app-platform/spec';
import type { AppRecord, DeploymentRecord, Step } from '../state/app-record.js';
import { jobNames } from './components.js';
import { settleInvocations } from './invocations.js';
import { revisionLimit } from './rollback.js';
import { type Reason, setSteps } from './steps.js';

/** Which phase may follow which. A phase without a successor is final. */
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

/** The phases of a deployment that succeeds. */
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
const named = (name: string, component?: string) => (step: Step) =>
  step.path.at(-1) === name &&
  step.path[0] === 'deploy' &&
  (component === undefined || step.component === component);

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
      setSteps(
        setSteps(deployment, named('initialize'), 'SUCCESS', now),
        deployedFirst(deployment),
        'RUNNING',
        now,
      ),
    ACTIVE: (deployment, now) => setSteps(deployment, isOfSuccess(deployment), 'SUCCESS', now),
    CANCELED: giveUp,
    SUPERSEDED: giveUp,
  };

/** Ends its running steps, which never finish; in a deployment that was live, that is a job that follows it. */
function giveUp(deployment: DeploymentRecord, now: string): DeploymentRecord {
  const unfinished = setSteps(deployment, (step) => step.status === 'RUNNING', 'ERROR', now);
  return settleInvocations(unfinished, now);
}

/** The steps of a deployment that succeeds; those of its FAILED_DEPLOY jobs stay pending. */
function isOfSuccess({ spec }: DeploymentRecord): (step: Step) => boolean {
  const onFailure = jobNames(spec, 'FAILED_DEPLOY');
  return (step) => builds(step) || !onFailure.includes(step.component ?? '');
}

/** What begins when a deployment starts deploying: its pre-deploy jobs; without any, all but the jobs that come later. */
function deployedFirst({ spec }: DeploymentRecord): (step: Step) => boolean {
  const before = jobNames(spec, 'PRE_DEPLOY');
  const after = [...jobNames(spec, 'POST_DEPLOY'), ...jobNames(spec, 'FAILED_DEPLOY')];
  const begins = (name = '') => (before.length > 0 ? before.includes(name) : !after.includes(name));
  return (step) => named('deploy')(step) && begins(step.component);
}

/** The deployment in its next phase, with the steps that belong to it. @throws PhaseError when that phase cannot follow. */
export function enter(deployment: DeploymentRecord, phase: Phase, now: string): DeploymentRecord {
  if (!successors[deployment.phase].includes(phase)) {
    throw new PhaseError(`Deployment ${deployment.id} is ${deployment.phase}; it cannot become ${phase}.`);
  }
  const moved = { ...deployment, phase, phaseUpdatedAt: now, updatedAt: now };
  return stepsOnEntry[phase]?.(moved, now) ?? moved;
}

/** Like `enter`, but a deployment that was resumed after a restart of the server may be further already. */
export function reach(
  deployment: DeploymentRecord,
  phase: (typeof happyPath)[number],
  now: string,
): DeploymentRecord {
  const order = (one: Phase) => happyPath.findIndex((step) => step === one);
  return order(deployment.phase) >= order(phase) ? deployment : enter(deployment, phase, now);
}

/** A component is built. */
export function finishBuild(
  deployment: DeploymentRecord,
  component: string,
  now: string,
  reason?: Reason,
): DeploymentRecord {
  return setSteps(deployment, (step) => builds(step) && step.component === component, 'SUCCESS', now, reason);
}

/** A component is being started. */
export function startDeploying(
  deployment: DeploymentRecord,
  component: string,
  now: string,
): DeploymentRecord {
  return setSteps(deployment, named('deploy', component), 'RUNNING', now);
}

/** The processes of a component run, and its health check begins; without a name, of all that a success deploys. */
export function startWaiting(
  deployment: DeploymentRecord,
  now: string,
  component?: string,
): DeploymentRecord {
  const isMeant = component === undefined ? isOfSuccess(deployment) : () => true;
  const steps = (name: string) => (step: Step) => named(name, component)(step) && isMeant(step);
  return setSteps(setSteps(deployment, steps('deploy'), 'SUCCESS', now), steps('wait'), 'RUNNING', now);
}

/** A component is healthy; or a job has ended, successfully or not. */
export function finishWaiting(
  deployment: DeploymentRecord,
  component: string,
  now: string,
  failure?: Reason,
): DeploymentRecord {
  return setSteps(deployment, named('wait', component), failure ? 'ERROR' : 'SUCCESS', now, failure);
}

/**
 * Ends in ERROR; the step that was in progress (or would have been next) carries the reason: of the component that failed,
 * where that is known.
 */
export function fail(
  deployment: DeploymentRecord,
  reason: Reason,
  now: string,
  component?: string,
): DeploymentRecord {
  const unfinished = [...withStatusOf(deployment, 'RUNNING'), ...withStatusOf(deployment, 'PENDING')];
  const ofComponent = unfinished.find((step) => component !== undefined && step.component === component);
  const failing = ofComponent ?? unfinished[0];
  return enter(
    setSteps(deployment, (step) => step === failing, 'ERROR', now, reason),
    'ERROR',
    now,
  );
}

function withStatusOf({ steps }: DeploymentRecord, status: Step['status']): Step[] {
  return steps.filter((step) => step.status === status);
}

/** The app with one deployment changed; the same record where that changes nothing. */
export function withDeployment(
  app: AppRecord,
  id: string,
  change: (deployment: DeploymentRecord) => DeploymentRecord,
): AppRecord {
  const deployments = app.deployments.map((one) => (one.id === id ? change(one) : one));
  return deployments.every((one, index) => one === app.deployments[index]) ? app : { ...app, deployments };
}

/**
 * Makes one deployment live; the one that was live is superseded in the same write, so there are never two.
 * @param later jobs whose steps are still to come.
 */
export function activate(app: AppRecord, id: string, now: string, later: readonly string[] = []): AppRecord {
  const deployments = app.deployments.map((one) => {
    if (one.id === id) return withLater(enter(one, 'ACTIVE', now), one.steps, later);
    return one.phase === 'ACTIVE' ? enter(one, 'SUPERSEDED', now) : one;
  });
  return { ...app, deployments };
}

function withLater(
  active: DeploymentRecord,
  before: readonly Step[],
  later: readonly string[],
): DeploymentRecord {
  const isLater = (step: Step) => step.path[0] === 'deploy' && later.includes(step.component ?? '');
  const steps = active.steps.map((step, index) => (isLater(step) ? (before[index] ?? step) : step));
  return { ...active, steps };
}

/** How many deployments an app remembers, beside the live one, the pinned one, and those that it can go back to. */
const remembered = 25;

/** Adds a deployment; one that is still in progress is overtaken and ends CANCELED. */
export function addDeployment(app: AppRecord, added: DeploymentRecord, now: string): AppRecord {
  const earlier = app.deployments.map((one) => (isUnderWay(one) ? enter(one, 'CANCELED', now) : one));
  const needed = new Set([
    ...earlier.filter(({ phase }) => phase === 'SUPERSEDED').slice(0, revisionLimit),
    ...earlier.filter(({ phase, id }) => phase === 'ACTIVE' || id === app.pin?.deploymentId),
  ]);
  const kept = earlier.filter((one, age) => age < remembered - 1 || needed.has(one));
  return { ...app, deployments: [added, ...kept], updatedAt: now };
}
