import * as z from 'zod';
import type { AppSpec, Env } from '../spec/index.js';
import { exportsTelemetry } from '../spec/telemetry.js';
import { ownVariable, withOwnVariable } from './own-variables.js';
import { fingerprintSchema } from './secrets-fingerprint.js';

/** The variable of the whole app that identifies the write which started a deployment. */
export const markKey = 'SKILLS_MARK';

/** Where the shipped version comes from, as far as known. */
export const originSchema = z.object({
  /** Equal in all clones of a repository, even after a rename: the hash of its first commit. */
  repository: z.string().optional(),
  commit: z.string().optional(),
  /** The shipped version has uncommitted changes. */
  dirty: z.boolean().optional(),
  /** The content of each path from which the artefact is built: git's ids of trees and blobs. */
  inputs: z.record(z.string(), z.string()).optional(),
  /** The number of the pull request that the app is a preview of. */
  preview: z.int().optional(),
  /** The placement of a skill that the app is: `skill` is then the name of the app. */
  placement: z
    .object({
      of: z.string(),
      environment: z.string(),
      name: z.string().optional(),
      tenant: z.string().optional(),
    })
    .optional(),
  /** Who deploys, such as the actor of a pipeline. */
  by: z.string().optional(),
});

/** The new version of a rollout. The rest of the mark is about the version that is live meanwhile. */
export const canarySchema = originSchema.extend({
  /** The id of the rollout. */
  rollout: z.string(),
  startedAt: z.iso.datetime(),
  /** The service whose requests are split. */
  service: z.string(),
  artefact: z.string(),
  /** Whether the secrets of the wanted version are those of the canary. */
  secrets: fingerprintSchema.optional(),
});

/** How many instances a component has, and of which size: the fields of App Specs. */
export const sizeSchema = z.object({
  instance_count: z.number().optional(),
  instance_size_slug: z.string().optional(),
  autoscaling: z.unknown().optional(),
});

export type Size = z.infer<typeof sizeSchema>;

export const markSchema = originSchema.extend({
  /** Unique to one write. */
  write: z.string(),
  skill: z.string(),
  artefact: z.string(),
  /** Paths of the live spec that the App Spec does not mention, kept since the app was adopted. */
  kept: z.array(z.string()).optional(),
  /** The deployment that was live at the time of the write. */
  over: z.string().optional(),
  /** Whether a version of the app was rolled back before. */
  rolledBack: z.boolean().optional(),
  /** What `scale` has set since, by component, and what the App Spec said then. */
  scaled: z.record(z.string(), z.object({ to: sizeSchema, over: sizeSchema })).optional(),
  /** Whether `scale` has archived the app. */
  archived: z.boolean().optional(),
  canary: canarySchema.optional(),
  /** The rollout that this write has ended without its new version. */
  aborted: z.object({ rollout: z.string(), artefact: z.string() }).optional(),
});

export type Canary = z.infer<typeof canarySchema>;
export type Origin = z.infer<typeof originSchema>;

/**
 * What each of our writes adds to the spec that it sends, in a variable of the app. It is not part of the wanted spec, so
 * comparisons of specs leave it out. Deployments contain the spec that they were created from: the mark distinguishes ours from
 * others' after a lost reply or a pause, and shows in every clone which apps were created from this repository.
 */
export type Mark = z.infer<typeof markSchema>;

/** The mark of the write that created a spec; undefined if someone else has created it. */
export function markOf(spec: AppSpec | undefined): Mark | undefined {
  return markSchema.safeParse(ownVariable(spec, markKey)).data;
}

/** The spec with this mark instead of any other; without one if `mark` is undefined. */
export function withMark(spec: AppSpec, mark: Mark | undefined): AppSpec {
  // Services may say in their telemetry which write has started them.
  return withOwnVariable(spec, markKey, mark, exportsTelemetry(spec) ? 'RUN_TIME' : innerScope(spec));
}

/** The scope of what changes often. If a component is built, it must not cause a rebuild; else it need not reach the services. */
export function innerScope(spec: AppSpec): Env['scope'] {
  return isBuilt(spec) ? 'RUN_TIME' : 'BUILD_TIME';
}

function isBuilt({ services, workers, jobs, static_sites, functions }: AppSpec): boolean {
  if (static_sites?.length || functions?.length) return true;
  return [services, workers, jobs].some((list) => list?.some(({ image }) => image === undefined));
}
