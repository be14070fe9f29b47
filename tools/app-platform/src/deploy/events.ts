import * as z from 'zod';
import { changeSchema } from '../versions/diff.js';
import { markSchema } from '../versions/mark.js';

const actionSchema = z.enum([
  'create',
  'update',
  'follow',
  'none',
  'rollback',
  'commit',
  'revert',
  'delete',
  'restart',
  'scale',
]);

/** Why a deploy failed. */
export const causeSchema = z.object({
  /** The platform's reason code, its error id, or our own: see `ownCauseCodes`. */
  code: z.string(),
  /** The step that failed, such as `Building service pr-review`. */
  step: z.string().optional(),
  phase: z.string().optional(),
  message: z.string(),
  /** The line of the log that says what went wrong, such as `Error: no database`; none if no line does. */
  logError: z.string().optional(),
  logTail: z.array(z.string()),
});

/** Codes of causes for which the platform has no code. */
export const ownCauseCodes = {
  deadline: 'DeadlineExceeded',
  interrupted: 'Interrupted',
  unhealthy: 'HealthCheckFailed',
  /** The live service is healthy and fails its smoke test. */
  smokeTest: 'SmokeTestFailed',
  /** The deployment failed and the platform gives no reason code. */
  unexplained: 'DeploymentFailed',
  dependency: 'DependencyFailed',
  /** Placements that are deployed first are not live, or not healthy after their soak time. */
  earlierWave: 'EarlierWaveFailed',
  /** Another placement of its wave failed, so this one was rolled back with it. */
  wave: 'WaveFailed',
  /** More apps of a wave failed than the run allows, so no other one is begun. */
  tooManyFailed: 'TooManyFailed',
  cycle: 'DependencyCycle',
  duplicate: 'DuplicateApp',
  overtaken: 'Overtaken',
  cancelled: 'Canceled',
  pinned: 'AppPinned',
  noDeployment: 'NoDeployment',
  /** The platform has built another commit than the wanted one. */
  otherCommit: 'OtherCommit',
  gone: 'AppGone',
  /** The app was not created from here, and is taken over only with `--adopt`. */
  notOurs: 'NotOurs',
  /** Secrets that someone has set on the platform would be removed with their component. */
  losesSecrets: 'LosesSecrets',
  /** An app that was never live has nothing to roll back to. */
  neverLive: 'NeverLive',
  /** There is no earlier version to roll back to, or no rollback to commit or revert. */
  nothingEarlier: 'NothingEarlier',
  /** The previous version was rolled back: an automatic rollback does not return to it. */
  rolledBackFrom: 'RolledBackFrom',
  /** The wanted version was rolled back: deploys do not ship it again by themselves. */
  held: 'Held',
  /** Another deployment was started or went live in the meantime. */
  changedMeanwhile: 'ChangedMeanwhile',
  /** The platform refuses a rollback and reports no code. */
  invalidRollback: 'InvalidRollback',
  /** The canary was worse, or someone has ended its rollout. */
  rolloutAborted: 'RolloutAborted',
  /** There is no such component to scale, or it is not said which. */
  invalidSize: 'InvalidSize',
  /** A rollout does not go on by itself: a person decides. */
  rolloutHeld: 'RolloutHeld',
  /** A step of a rollout waits until someone approves it. */
  rolloutWaits: 'RolloutWaits',
  /** The wanted version is not rolled out, so it cannot be promoted. */
  noRollout: 'NoRollout',
  /** The routers of a rollout do not answer. */
  noRouter: 'RouterUnreachable',
  unexpected: 'Unexpected',
} as const;

/** How the deploy of one skill ended, or its rollback. `waiting`: its rollout is under way until someone approves a step. */
export const deployResultSchema = z.object({
  skill: z.string(),
  outcome: z.enum([
    'deployed',
    'unchanged',
    'failed',
    'rolled-back',
    'superseded',
    'held',
    'waiting',
    'skipped',
    'interrupted',
  ]),
  /**
   * The planned action; `follow`: another deployer's deployment of the same spec was in progress. From `rollback` on, what
   * other targets do: the outcome is `deployed` when it succeeds.
   */
  action: actionSchema,
  appId: z.string().optional(),
  deploymentId: z.string().optional(),
  /** What was live before, and after a failure still is live. */
  previousDeploymentId: z.string().optional(),
  /** The deployment that the automatic rollback created. */
  rollbackDeploymentId: z.string().optional(),
  url: z.string().optional(),
  digest: z.string(),
  commit: z.string().optional(),
  /** The mark of what is live at the end; none if nothing is live, someone else has deployed it, or it is not known. */
  liveMark: markSchema.optional(),
  durationMs: z.number(),
  /** A rollback has left the app pinned: the platform deploys nothing until it is committed or reverted. */
  pinned: z.boolean().optional(),
  /** The deployment that is, or will be, live instead because someone else has deployed in the meantime. */
  overtakenBy: z.object({ deploymentId: z.string(), mark: markSchema.optional() }).optional(),
  /** The image was not in the registry, and was pushed. */
  imagePushed: z.boolean().optional(),
  /** A note about a successful run. */
  note: z.string().optional(),
  cause: causeSchema.optional(),
});

/** A step of a deployment, by the platform's own clock. */
const stepSchema = z.object({
  name: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  failed: z.boolean().optional(),
});

const rolloutCountsSchema = z.object({
  requests: z.number(),
  failures: z.number(),
  /** Milliseconds. */
  p95: z.number().optional(),
});

const common = { at: z.iso.datetime(), skill: z.string() };

/** All events of a skill, in order; `finished` is the last. */
export const deployEventSchema = z.discriminatedUnion('type', [
  z
    .object({
      ...common,
      type: z.literal('planned'),
      action: actionSchema,
      changes: z.array(changeSchema),
      deploymentId: z.string().optional(),
      /** What is live and will be removed, by name. */
      removes: z.array(z.string()).optional(),
      /** What is kept although the App Spec, or the environment, lacks it: mostly secrets set on the platform. */
      keeps: z.array(z.string()).optional(),
    })
    .describe('The wanted spec was compared with the live one.'),
  z
    .object({
      ...common,
      type: z.literal('waiting'),
      /** `push`: waits for the deployment that the platform starts by itself. `wave`: for placements that are deployed first. */
      reason: z.enum(['deployer', 'dependency', 'wave', 'push']),
      for: z.string(),
    })
    .describe(
      'The skill waits: for another deploy of it, for a skill that it depends on, for an earlier wave, or for a push.',
    ),
  z
    .object({
      ...common,
      type: z.literal('written'),
      action: actionSchema,
      appId: z.string(),
      deploymentId: z.string(),
    })
    .describe('The app was written, once; this is the deployment that it started.'),
  z
    .object({
      ...common,
      type: z.literal('progress'),
      deploymentId: z.string(),
      phase: z.string(),
      /** The step in progress, such as `Waiting for service pr-review`. */
      step: z.string().optional(),
      done: z.number(),
      total: z.number(),
    })
    .describe('The deployment made progress.'),
  z
    .object({ ...common, type: z.literal('active'), deploymentId: z.string(), url: z.string().optional() })
    .describe('The new version takes the traffic.'),
  z
    .object({ ...common, type: z.literal('verifying'), url: z.string() })
    .describe('The health check started, at the live URL.'),
  z
    .object({ ...common, type: z.literal('verified'), url: z.string(), tries: z.number() })
    .describe('The health check passed.'),
  z
    .object({ ...common, type: z.literal('smoke-testing'), url: z.string() })
    .describe('The smoke test started.'),
  z
    .object({ ...common, type: z.literal('smoke-tested'), url: z.string() })
    .describe('The smoke test passed.'),
  z
    .object({
      ...common,
      type: z.literal('rollout'),
      rollout: z.string(),
      phase: z.enum(['going', 'held', 'done', 'out', 'fixed']),
      /** The percentage of the clients that the canary serves. */
      weight: z.number(),
      /** The first step is 0. */
      step: z.object({ index: z.number(), of: z.number() }).optional(),
      /** What the step still needs. */
      waitsFor: z.array(z.string()),
      /** `good`, `bad` or `too little`. */
      verdict: z.string(),
      because: z.string().optional(),
      live: rolloutCountsSchema,
      canary: rolloutCountsSchema,
    })
    .describe(
      'A rollout made progress: its step, its weight or its verdict changed, or some seconds passed.',
    ),
  z
    .object({
      ...common,
      type: z.literal('rolling-back'),
      from: z.string(),
      to: z.string(),
      reason: z.string(),
    })
    .describe('The new version failed after it went live: the previous deployment is being restored.'),
  z
    .object({ ...common, type: z.literal('rolled-back'), deploymentId: z.string(), to: z.string() })
    .describe('The previous version is live again.'),
  z
    .object({
      ...common,
      type: z.literal('finished'),
      result: deployResultSchema,
      /** Of the deployment that was followed, once it has ended. */
      steps: z.array(stepSchema).optional(),
    })
    .describe('The result: the last event of a skill in a run.'),
]);

export type DeployStep = z.infer<typeof stepSchema>;
export type DeployCause = z.infer<typeof causeSchema>;
export type DeployResult = z.infer<typeof deployResultSchema>;
export type DeployEvent = z.infer<typeof deployEventSchema>;

/** An event as the engine emits it: the emitter adds time and skill. */
export type Happening = DeployEvent extends infer E
  ? E extends DeployEvent
    ? Omit<E, 'at' | 'skill'>
    : never
  : never;
