import { durationMs } from '@odoobo/machine/time';
import pLimit from 'p-limit';
import type { AppPlatformClient } from '../client/client.js';
import { Apps } from '../deploy/app-list.js';
import type { DeployFailure } from '../deploy/failure.js';
import { withFleet } from '../deploy/fleet.js';
import { obstacleTo } from '../deploy/obstacles.js';
import { type Plan, underWay } from '../deploy/plan.js';
import { redactDeep, redactSecrets } from '../deploy/redact.js';
import { type DeployRequest, type Fleet, type SkillPlanned, SkillRun } from '../deploy/skill-run.js';
import { findProblems } from '../deploy-fleet/deploy-fleet.js';
import { rolloutOf } from '../rollout/steer.js';
import type { App, AppSpec } from '../spec/index.js';
import { costOf, priceOf } from './cost.js';
import { driftOf, type Recorded } from './drift.js';
import { failedPlan, type SkillPlan } from './skill-plan.js';

export interface PlanDeps {
  /** All apps of the account. */
  apps: readonly App[];
  client: AppPlatformClient;
  signal?: AbortSignal;
  /** The records of earlier deploys of a skill to this platform. */
  recorded: (skill: string) => Recorded | undefined;
}

/** Each skill takes a call or two. */
const skillsAtOnce = 8;

/**
 * Computes what a deploy of these skills would do, with the code that deploys, and writes nothing: it only asks what each
 * would cost.
 * @returns a plan for each request, in their order
 * @throws the reason of the signal
 */
export async function planFleet(requests: readonly DeployRequest[], deps: PlanDeps): Promise<SkillPlan[]> {
  if (requests.length === 0) return [];
  const problems = findProblems(requests);
  const redact = redactSecrets(requests.map(({ spec }) => spec));
  const limit = pLimit(skillsAtOnce);
  return withFleet(deps, requests.length, async (fleet) => {
    const apps = new Apps(deps.apps);
    const plan = async (request: DeployRequest): Promise<SkillPlan> => {
      const problem = problems.get(request);
      if (problem) return failedPlan(request.skill, problem.message);
      return planOrProblem(request, apps.named(request.spec.name), fleet, deps);
    };
    const plans = await Promise.all(requests.map((request) => limit(plan, request)));
    return plans.map((one) => redactDeep(one, redact));
  });
}

/** The plans for a platform that does not exist yet, and so cannot be asked. */
export function planFirst(requests: readonly DeployRequest[]): SkillPlan[] {
  const problems = findProblems(requests);
  return requests.map((request) => {
    const problem = problems.get(request);
    if (problem) return failedPlan(request.skill, problem.message);
    const cost = { now: 0, unknown: 'no platform is running' };
    return {
      skill: request.skill,
      action: 'create',
      changes: [],
      cost,
      drift: { state: 'unknown', changes: [] },
    };
  });
}

/** An error of one skill does not affect the plans of the others. */
async function planOrProblem(
  request: DeployRequest,
  app: App | undefined,
  fleet: Fleet,
  deps: PlanDeps,
): Promise<SkillPlan> {
  try {
    return await planSkill(request, app, fleet, deps);
  } catch (error) {
    fleet.signal.throwIfAborted();
    return failedPlan(request.skill, error instanceof Error ? error.message : String(error));
  }
}

async function planSkill(
  request: DeployRequest,
  app: App | undefined,
  fleet: Fleet,
  deps: PlanDeps,
): Promise<SkillPlan> {
  const { client, signal } = fleet;
  const recorded = deps.recorded(request.skill);
  const run = new SkillRun(request, fleet, () => undefined);
  const plan = await run.plan(app);
  // The canary and its router are gone in the end.
  const version = plan.writes === 'canary' ? await run.planVersion(app) : plan;
  const [cost, rollout, drift, obstacle] = await Promise.all([
    costOf(client, version, signal),
    rolloutIn(run, plan, signal),
    driftOf(client, app, recorded, signal),
    obstacleTo(run, plan, signal),
  ]);
  const { action, changes, deployment } = plan;
  const isHeld = obstacle?.outcome === 'held';
  return {
    skill: request.skill,
    action: isHeld ? 'held' : action,
    changes: action === 'update' ? changes : [],
    ...(deployment && { deploymentId: deployment.id }),
    // A held skill does not change.
    cost: isHeld && cost.now !== undefined ? { ...cost, after: cost.now } : cost,
    drift,
    ...(rollout && { rollout }),
    ...rolledBack(plan, recorded),
    ...(app?.pinned_deployment && { pinned: app.pinned_deployment.id }),
    ...overtakes(plan),
    ...ofUpdate(plan, obstacle),
  };
}

function ofUpdate(
  { action, carried: { removes, keeps } }: SkillPlanned,
  obstacle: DeployFailure | undefined,
): Pick<SkillPlan, 'removes' | 'keeps' | 'refusal'> {
  if (action !== 'update') return {};
  const refusal = obstacle && { code: obstacle.details.code, message: obstacle.message };
  return {
    ...(removes.length > 0 && { removes }),
    ...(keeps.length > 0 && { keeps }),
    ...(refusal && { refusal }),
  };
}

function rolledBack({ live }: Plan, recorded: Recorded | undefined): Pick<SkillPlan, 'rolledBack'> {
  const to = live && recorded?.rollbacks.get(live.id);
  return live && to !== undefined ? { rolledBack: { deploymentId: live.id, to } } : {};
}

function overtakes({ action, app }: Plan): Pick<SkillPlan, 'overtakes'> {
  const coming = action === 'update' ? underWay(app) : undefined;
  if (!coming) return {};
  return { overtakes: { deploymentId: coming.id, ...(coming.cause && { cause: coming.cause }) } };
}

/** What a plan means for a rollout, and what that costs while it lasts; undefined if there is none. */
async function rolloutIn(
  { request, fleet }: SkillRun,
  { app, action, writes, spec, live }: SkillPlanned,
  signal: AbortSignal,
): Promise<SkillPlan['rollout']> {
  const steps = request.rollout?.plan.steps ?? [];
  const about = {
    steps: steps.length,
    leastSeconds: steps.reduce((sum, step) => sum + (durationMs(step.for ?? '') ?? 0), 0) / 1000,
    needsApproval: steps.some(({ approve }) => approve),
  };
  if (writes === 'canary') {
    const during = action === 'follow' ? (live?.spec ?? spec) : spec;
    const { cost } = await priceOf(fleet.client, withKnownImages(during), app?.id, signal);
    const state = action === 'follow' ? 'goes-on' : 'begins';
    return { ...about, state, ...(cost !== undefined && { costMeanwhile: cost }) };
  }
  return action === 'update' && rolloutOf(app) ? { ...about, state: 'ends' } : undefined;
}

/** The platform does not know images that are about to be shipped, and they do not matter for the price. */
function withKnownImages(spec: AppSpec): AppSpec {
  const [known] = spec.services ?? [];
  if (!known?.image) return spec;
  const { image } = known;
  return { ...spec, services: (spec.services ?? []).map((one) => (one.image ? { ...one, image } : one)) };
}
