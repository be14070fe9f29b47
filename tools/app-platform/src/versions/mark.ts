import * as z from 'zod';
import type { AppSpec } from '../spec/index.js';
import { ownVariable, withOwnVariable } from './own-variables.js';

/** The variable of the whole app that says which write made a deployment. */
export const markKey = 'SKILLS_MARK';

/** Where what is shipped comes from, as far as that is known. */
export const originSchema = z.object({
  /** What all clones of a repository share, whatever it is called: the hash of its first commit. */
  repository: z.string().optional(),
  commit: z.string().optional(),
  /** What was shipped has changes that no commit has. */
  dirty: z.boolean().optional(),
  /** The content of each path that the artefact is made from: git's ids of trees and blobs. */
  inputs: z.record(z.string(), z.string()).optional(),
  /** The number of the pull request that the app is a preview of. */
  preview: z.int().optional(),
  /** Who ships, such as the actor of a pipeline. */
  by: z.string().optional(),
});

export const markSchema = originSchema.extend({
  /** Unique to one write. */
  write: z.string(),
  skill: z.string(),
  artefact: z.string(),
  /** Paths of the live spec that its App Spec does not speak of, kept since the app was adopted. */
  kept: z.array(z.string()).optional(),
  /** The deployment that was live when it was written. */
  over: z.string().optional(),
  /** A version of the app was rolled back from before. */
  rolledBack: z.boolean().optional(),
});

export type Origin = z.infer<typeof originSchema>;

/**
 * What each write of ours puts into the spec that it sends, in a variable of the app. It is no part of what is wanted, so it is
 * left out when specs are compared. Deployments carry the spec that they were made from: the mark tells ours from
 * others' after a lost reply or a pause, and in every clone which apps were made from this repository.
 */
export type Mark = z.infer<typeof markSchema>;

/** The mark of the write that a spec is from; none where somebody else has made it. */
export function markOf(spec: AppSpec | undefined): Mark | undefined {
  return markSchema.safeParse(ownVariable(spec, markKey)).data;
}

/** The spec with this mark in place of any other; without one where none is given. */
export function withMark(spec: AppSpec, mark: Mark | undefined): AppSpec {
  // It is another one with each write. Where something is built, that must not build it anew; where nothing is, it need not
  // reach a service either.
  return withOwnVariable(spec, markKey, mark, isBuilt(spec) ? 'RUN_TIME' : 'BUILD_TIME');
}

function isBuilt({ services, workers, jobs, static_sites, functions }: AppSpec): boolean {
  if (static_sites?.length || functions?.length) return true;
  return [services, workers, jobs].some((list) => list?.some(({ image }) => image === undefined));
}
