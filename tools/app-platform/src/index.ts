export * from './spec/index.js';
export {
  AppPlatformClient,
  type AppPlatformClientOptions,
  type CallOptions,
  type AppMetric,
  type LogsQuery,
  type LogType,
} from './client/client.js';
export { AppPlatformError, ownErrorIds, unlessGone, type CallOutcome } from './client/errors.js';
export type { FetchLogOptions } from './client/fetch-log.js';
export type { FollowLogOptions } from './client/follow-log.js';
export { RateLimiter, type Quota, type RateLimiterOptions } from './client/limiter.js';
export { askHealth, checkHealth, type HealthCheck, type HealthReport } from './check/health.js';
export { deployedDigest, liveAppOf, type LiveApp } from './check/live-app.js';
export { LiveService, type Question, type Reply } from './check/live-service.js';
export { deployFleet } from './deploy-fleet/deploy-fleet.js';
export type { DeployDeps } from './deploy/fleet.js';
export {
  deployEventSchema,
  deployResultSchema,
  ownCauseCodes,
  type DeployCause,
  type DeployEvent,
  type DeployStep,
  type DeployResult,
} from './deploy/events.js';
export { withMore } from './deploy/failure.js';
export { markKey, markOf, type Mark, type Origin } from './versions/mark.js';
export { planDeploy, prepare, type Desired, type Plan } from './deploy/plan.js';
export type { Claim, DeployRequest, Refusal, SmokeTest } from './deploy/skill-run.js';
export type { Change } from './versions/diff.js';
export { builtFrom, liveMarkOf } from './versions/source-commit.js';
export { fingerprintKey, SecretsFingerprint } from './versions/secrets-fingerprint.js';
export { redactSecrets } from './deploy/redact.js';
export { priceOf } from './plan-fleet/cost.js';
export { hasDrifted, type Recorded } from './plan-fleet/drift.js';
export { planFirst, planFleet, type PlanDeps } from './plan-fleet/plan-fleet.js';
export {
  costSchema,
  failedPlan,
  skillPlanSchema,
  wouldChange,
  type Cost,
  type Drift,
  type SkillPlan,
} from './plan-fleet/skill-plan.js';
export { standingOf, type LiveStanding, type Standing, type UnderWay } from './monitor/standing.js';
export {
  statePathIn,
  Routers,
  RouterTrouble,
  routerStateSchema,
  type RouterOrder,
  type RouterState,
} from './rollout/router-state.js';
export { abortRollouts, type AbortRequest } from './rollout/abort-fleet.js';
export { rolloutEvent } from './rollout/rollout-event.js';
export { rolloutOf, steerRollout } from './rollout/steer.js';
export { rolloutIn, rolloutServices } from './rollout/specs.js';
export type { RolloutWish } from './rollout/wish.js';
export { rollBackFleet } from './rollback/roll-back-fleet.js';
export type { RollbackRequest } from './rollback/rollback-run.js';
export { scaleFleet, type ScaleRequest } from './instances/scale-fleet.js';
export type { WantedComponent } from './versions/rescale.js';
export { restartFleet, type RestartRequest } from './instances/restart-fleet.js';
