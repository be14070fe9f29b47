import { ownCauseCodes } from '../deploy/events.js';
import { DeployFailure } from '../deploy/failure.js';
import { describeDeployment } from '../deploy/overtaken.js';
import { underWay } from '../deploy/plan.js';
import type { SkillPlanned } from '../deploy/skill-run.js';
import type { App, AppSpec, Deployment } from '../spec/index.js';
import { differences } from '../versions/diff.js';
import { type Canary, markOf } from '../versions/mark.js';
import { fingerprintOf, type SecretsFingerprint } from '../versions/secrets-fingerprint.js';
import {
  rolloutIn,
  rolloutSpec,
  type Versions,
  withoutRollout,
  withRouterOf,
  withSecretsOf,
} from './specs.js';
import type { RolloutWish } from './wish.js';

/** A rollout that would begin now. */
export type NewRollout = Pick<Canary, 'rollout' | 'startedAt'>;

/**
 * A plan that was made as if nothing were rolled out, for the app as it is: the deployments of a rollout are of neither of its
 * versions, so a write is needed to end it.
 */
export function overRollout(plan: SkillPlanned, app: App | undefined): SkillPlanned {
  if (!app) return plan;
  const { deployment, action, ...rest } = plan;
  const real = [app.active_deployment, app.pending_deployment, app.in_progress_deployment];
  const found = real.find((one) => one?.id === deployment?.id);
  const live = app.active_deployment;
  const whole = { ...rest, app, ...(live && { live }) };
  if (found && !rolloutIn(found.spec)) return { ...whole, action, deployment: found };
  return { ...whole, action: action === 'create' ? 'create' : 'update' };
}

/** What decides whether a version is released by a rollout, and whether it is the one that is rolled out already. */
export interface RolloutContext {
  wish: RolloutWish;
  secrets: SecretsFingerprint;
  fresh: NewRollout;
}

/**
 * Releases the version of a plan by a rollout: takes up the one that is under way, or begins one. The first version of an app,
 * and a change that has no new artefact, are deployed as ever.
 */
export async function planRollout(
  version: SkillPlanned,
  app: App | undefined,
  context: RolloutContext,
): Promise<SkillPlanned> {
  const there = app?.active_deployment?.spec;
  if (!app || !there || version.action === 'none' || version.action === 'follow') return version;
  const live = withoutRollout(there);
  if (!markOf(live) || !isNewArtefact(live, version.spec, context.wish.service)) return version;
  const coming = underWay(app);
  const current = coming ?? app.active_deployment;
  if (current && (await carriesOut(current, version, context))) {
    return { ...version, action: 'follow', deployment: current, writes: 'canary' };
  }
  const { wish, fresh } = context;
  const spec = rolloutSpec(versionsOf(live, version), { ...fresh, service: wish.service }, wish);
  return { ...version, action: 'update', spec, writes: 'canary', canarySecrets: fingerprintOf(version.spec) };
}

function versionsOf(live: AppSpec, { spec, carried }: SkillPlanned): Versions {
  return { live, wanted: carried.spec, sealed: spec };
}

function isNewArtefact(live: AppSpec, wanted: AppSpec, service: string): boolean {
  const [now, next] = [live, wanted].map(({ services }) => services?.find(({ name }) => name === service));
  return now !== undefined && next?.image !== undefined && now.image?.digest !== next.image.digest;
}

/** Whether a deployment rolls out the version of the plan, by the plan that is wanted now. */
async function carriesOut(
  { spec: there }: Deployment,
  version: SkillPlanned,
  { wish, secrets }: RolloutContext,
): Promise<boolean> {
  const canary = rolloutIn(there);
  if (!there || canary?.service !== wish.service) return false;
  const isKnown = canary.secrets
    ? await secrets.matches(canary.secrets, version.carried.unknown)
    : fingerprintOf(version.spec) === undefined;
  if (!isKnown) return false;
  const wanted = rolloutSpec(versionsOf(withoutRollout(there), version), canary, wish);
  const same = withRouterOf(withSecretsOf(wanted, there, wish.service), there, wish.service);
  return differences(same, there).length === 0;
}

/**
 * Ends a rollout with its new version for all.
 * @throws DeployFailure if something else has replaced the rollout
 */
export function planPromotion(version: SkillPlanned, app: App, rollout: string): SkillPlanned {
  if (version.action !== 'update') return version;
  const coming = underWay(app);
  if (!coming && rolloutIn(app.active_deployment?.spec)?.rollout === rollout) return version;
  throw replaced(app, rollout);
}

function replaced(app: App, rollout: string): DeployFailure {
  const other = underWay(app) ?? app.active_deployment;
  return new DeployFailure({
    outcome: 'superseded',
    code: ownCauseCodes.overtaken,
    message: `rollout ${rollout} has ended: ${other ? `${describeDeployment(other)} has replaced it` : 'nothing is live any more'}`,
  });
}

/**
 * Ends a rollout without its new version: the app becomes what it was before.
 * @throws DeployFailure if something else has replaced the rollout
 */
export function planAbort(version: SkillPlanned, app: App, rollout: string): SkillPlanned {
  const live = app.active_deployment;
  const coming = underWay(app);
  const hasEnded = (one: Deployment | undefined) => markOf(one?.spec)?.aborted?.rollout === rollout;
  const base = { ...version, app, changes: [], writes: 'live' as const };
  if (coming && hasEnded(coming)) return { ...base, action: 'follow', deployment: coming };
  if (!coming && live?.spec && rolloutIn(live.spec)?.rollout === rollout)
    return { ...base, action: 'update', spec: withoutRollout(live.spec) };
  if (!coming && live && hasEnded(live)) return { ...base, action: 'none', deployment: live };
  throw replaced(app, rollout);
}
