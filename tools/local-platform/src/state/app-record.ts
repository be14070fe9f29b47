import { appSpecFieldsSchema, phases } from '@odoobo/app-platform/spec';
import * as z from 'zod';

/** A leaf of the progress tree. Its parents, their states and the counters are computed from the leaves. */
const stepSchema = z.object({
  /** For example `['deploy', 'components', 'web', 'wait']`. */
  path: z.array(z.string()),
  component: z.string().optional(),
  message: z.string().optional(),
  status: z.enum(['PENDING', 'RUNNING', 'SUCCESS', 'ERROR']),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  reason: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type Step = z.infer<typeof stepSchema>;

/** What a component of a deployment is built from. */
const sourceVersionSchema = z.object({
  /** The commit of a git source. */
  commit: z.string().optional(),
  /** The digest of an image. */
  digest: z.string().optional(),
  /** The key of the build; known once it is built. */
  build: z.string().optional(),
});
export type SourceVersion = z.infer<typeof sourceVersionSchema>;

/** One run of a job. */
const invocationSchema = z.object({
  id: z.string(),
  job: z.string(),
  phase: z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED']),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  completedAt: z.string().optional(),
  /** It came by the job's schedule, not by a deployment. */
  scheduled: z.boolean().optional(),
});
export type Invocation = z.infer<typeof invocationSchema>;

const alertDestinationsSchema = z.object({
  emails: z.array(z.string()),
  slackWebhooks: z.array(z.object({ url: z.string(), channel: z.string().optional() })),
});
export type AlertDestinations = z.infer<typeof alertDestinationsSchema>;

/** An alert that was raised last at some time. */
const raisedAlertSchema = z.object({
  reason: z.string(),
  raisedAt: z.string(),
  /** Missing as long as it is raised. */
  endedAt: z.string().optional(),
});

/** How often an instance was started again. */
const restartsSchema = z.object({
  component: z.string(),
  count: z.number().int(),
  /** When it ended last, and why. */
  at: z.string(),
  cause: z.string(),
});

/** One change of the number of instances of a component by its load; to 0 when it falls asleep. */
const autoscalingSchema = z.object({
  id: z.string(),
  deployment: z.string(),
  createdAt: z.string(),
  phase: z.enum(['IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELED']),
  component: z.string(),
  from: z.number().int(),
  to: z.number().int(),
  metric: z.enum(['cpu', 'requests_per_second', 'request_duration', 'scale_to_zero', 'scale_from_zero']),
});
export type Autoscaling = z.infer<typeof autoscalingSchema>;

/** Accepted once. The rules between fields are not looked at again: defaults that older versions stored may break one. */
const storedSpecSchema = appSpecFieldsSchema;

const deploymentRecordSchema = z.object({
  id: z.string(),
  cause: z.string(),
  phase: z.enum(phases),
  createdAt: z.string(),
  updatedAt: z.string(),
  phaseUpdatedAt: z.string(),
  /** As App Platform stores it, secrets encrypted. */
  spec: storedSpecSchema,
  steps: z.array(stepSchema),
  clonedFrom: z.string().optional(),
  /** The versions by component. A missing one is the newest, and is recorded when the build begins. */
  sources: z.record(z.string(), sourceVersionSchema).optional(),
  /** Nothing that was built before is used again. */
  forceBuild: z.boolean().optional(),
  /** The runs of its jobs, oldest first. */
  invocations: z.array(invocationSchema).optional(),
  /** The restarts of its instances since it went live, by name (`web-0`). */
  restarts: z.record(z.string(), restartsSchema).optional(),
});
export type DeploymentRecord = z.infer<typeof deploymentRecordSchema>;

export const appRecordSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** What the next deployment runs; stored in the same way. */
  spec: storedSpecSchema,
  /** Port of the app's URL; chosen once, at the first deployment. */
  port: z.number().int().optional(),
  /** Set by a rollback that is neither committed nor reverted yet. */
  pin: z.object({ deploymentId: z.string(), specBefore: storedSpecSchema }).optional(),
  /** As the client that created the app named it. */
  projectId: z.string().optional(),
  /** The destinations of alerts, by the alert's id. A webhook's URL is a secret: it is encrypted like one. */
  alertDestinations: z.record(z.string(), alertDestinationsSchema).optional(),
  /** The alerts that were raised, by their id. */
  raisedAlerts: z.record(z.string(), raisedAlertSchema).optional(),
  /** What of its schedule was applied last, and the deployment that has it. */
  appliedSchedule: z.object({ key: z.string(), deployment: z.string() }).optional(),
  /** Newest first. */
  autoscalings: z.array(autoscalingSchema).optional(),
  /** Newest first. */
  deployments: z.array(deploymentRecordSchema),
});
/** Everything that is known of one app; one file. Never changed in place: a change makes a new record. */
export type AppRecord = z.infer<typeof appRecordSchema>;
