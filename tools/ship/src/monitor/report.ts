import * as z from 'zod';
import { rolloutStatusSchema } from '../records/rollout-status.js';

/** The status of an app; the most urgent come first. */
export const statuses = [
  /** Live, and its health check fails. */
  'unhealthy',
  /** The last deployment failed; the previous version may keep serving. */
  'failed',
  'deploying',
  'healthy',
  /** Live, without a health path. */
  'live',
  /** A skill of this workspace that the platform does not have. */
  'undeployed',
  /** The platform has not been reached yet. */
  'unknown',
] as const;

/** The answer of a health path. */
const healthSchema = z.object({
  healthy: z.boolean(),
  url: z.string(),
  /** The status of the HTTP reply; undefined if there was none. */
  status: z.int().optional(),
  /** From connecting to the end of the reply. */
  milliseconds: z.number().optional(),
  /** The version that the service reports. */
  version: z.string().optional(),
  /** What is wrong; undefined if it is healthy. */
  trouble: z.string().optional(),
});

/** Restarts of a live app; only for the local platform. */
const restartsSchema = z.object({
  /** Number of restarts since it went live. */
  count: z.int(),
  /** The last restart: its time, its reason and its component. */
  at: z.iso.datetime(),
  cause: z.string(),
  component: z.string(),
  /** The last lines of its output. */
  lines: z.array(z.string()),
});

/** An alert of the App Spec that is raised; only for the local platform. */
const alertSchema = z.object({
  id: z.string(),
  rule: z.string(),
  /** Undefined for an alert of the app itself. */
  component: z.string().optional(),
  reason: z.string(),
  at: z.iso.datetime(),
});

/** A rollout that is live. */
const rolloutSchema = z.object({
  id: z.string(),
  /** What its routers answer. */
  state: rolloutStatusSchema.optional(),
  /** Why they could not be asked. */
  trouble: z.string().optional(),
});

const rowSchema = z.object({
  skill: z.string(),
  status: z.enum(statuses),
  /** Whether it is a skill of this workspace; the account may have other apps. */
  inWorkspace: z.boolean(),
  /** What it is an app of, if that has a file of placements. */
  placement: z.object({ of: z.string(), name: z.string() }).optional(),
  /** Someone else has changed it since it was last deployed from here; only for placements. */
  drifted: z.boolean().optional(),
  live: z
    .object({
      deploymentId: z.string(),
      since: z.string().optional(),
      url: z.string().optional(),
      digest: z.string().optional(),
      /** The health path of its App Spec. */
      healthPath: z.string().optional(),
    })
    .optional(),
  underWay: z
    .object({
      deploymentId: z.string(),
      phase: z.string(),
      step: z.string().optional(),
      done: z.number(),
      total: z.number(),
    })
    .optional(),
  /** The last deployment did not go live, whatever version is live. */
  lastFailed: z.boolean(),
  pinned: z.boolean(),
  health: healthSchema.optional(),
  restarts: restartsSchema.optional(),
  alerts: z.array(alertSchema).optional(),
  rollout: rolloutSchema.optional(),
});

const eventSchema = z.object({ at: z.iso.datetime(), skill: z.string(), text: z.string() });

/** The result of one check: a line of `nx-skills monitor --json`. */
export const monitorReportSchema = z.object({
  at: z.iso.datetime(),
  /** `the local platform (http://127.0.0.1:4100)` */
  platform: z.string(),
  /** Why the platform could not be read just now; the rest of the report is then from `seenAt`. */
  trouble: z.string().optional(),
  /** When the list of apps was last read; undefined if never. */
  seenAt: z.iso.datetime().optional(),
  /** The platform was read, and no skill is unhealthy or failed. */
  success: z.boolean(),
  /** The number of skills by status. */
  summary: z.record(z.enum(statuses), z.int()),
  /** The most urgent first, then by name. */
  skills: z.array(rowSchema),
  /** The last events, oldest first. */
  events: z.array(eventSchema),
});

export type SkillStatus = (typeof statuses)[number];
export type AppHealth = z.infer<typeof healthSchema>;
export type AppRestarts = z.infer<typeof restartsSchema>;
export type AppAlert = z.infer<typeof alertSchema>;
export type AppRollout = z.infer<typeof rolloutSchema>;
export type MonitorRow = z.infer<typeof rowSchema>;
export type MonitorEvent = z.infer<typeof eventSchema>;
export type MonitorReport = z.infer<typeof monitorReportSchema>;
