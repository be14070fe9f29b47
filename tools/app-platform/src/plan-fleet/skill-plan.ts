import * as z from 'zod';
import { changeSchema } from '../versions/diff.js';

/** US dollars a month. An absent cost is not known, and `unknown` says why. */
export const costSchema = z.object({
  now: z.number().optional(),
  after: z.number().optional(),
  unknown: z.string().optional(),
});

/** What a deploy means for a rollout. */
export const planRolloutSchema = z.object({
  /** `ends`: the rollout that is under way ends without its new version. */
  state: z.enum(['begins', 'goes-on', 'ends']),
  steps: z.int(),
  /** The shortest time that the steps take, in seconds. */
  leastSeconds: z.number(),
  /** A step waits until a person approves. */
  needsApproval: z.boolean(),
  /** US dollars a month while it lasts. */
  costMeanwhile: z.number().optional(),
});

/** What someone else has changed on the platform since the last deploy from here. */
export const driftSchema = z.object({
  /**
   * `deployment`: one that was not created from here is live. `spec`: the app's spec was changed; the change is not live (yet).
   * `deleted`: the app is gone. `unknown`: nothing is recorded of an earlier deploy.
   */
  state: z.enum(['none', 'deployment', 'spec', 'deleted', 'unknown']),
  /** From the deployed spec to the current one. */
  changes: z.array(changeSchema),
  /** If `state` is `deployment`: its id. */
  deploymentId: z.string().optional(),
  /** The cause of that deployment, in the platform's words. */
  cause: z.string().optional(),
  /** ISO time. */
  since: z.string().optional(),
});

/** What a deploy of one skill would do, and what it would cost. */
export const skillPlanSchema = z.object({
  skill: z.string(),
  /**
   * `follow`: a deployment of it is in progress. `held`: it was rolled back, and deploy refuses it. `failed`: there is no plan, and `problem` says why.
   */
  action: z.enum(['create', 'update', 'follow', 'none', 'held', 'failed']),
  /** For an update or a held version: from the live spec to the wanted one. */
  changes: z.array(changeSchema),
  /** For an update: what is live and will be removed, by name. */
  removes: z.array(z.string()).optional(),
  /** For an update: what is kept although the App Spec, or the environment, lacks it. */
  keeps: z.array(z.string()).optional(),
  /** Why deploy refuses it. */
  refusal: z.object({ code: z.string(), message: z.string() }).optional(),
  /** The deployment that is live already, or in progress. */
  deploymentId: z.string().optional(),
  cost: costSchema,
  drift: driftSchema,
  /** Set when it is released by a rollout, or when one is under way. */
  rollout: planRolloutSchema.optional(),
  /** Set when a rollback from here is live. */
  rolledBack: z.object({ deploymentId: z.string(), to: z.string() }).optional(),
  /** The deployment that a rollback has pinned the app to: an update is refused. */
  pinned: z.string().optional(),
  /** A deployment in progress that an update would replace. */
  overtakes: z.object({ deploymentId: z.string(), cause: z.string().optional() }).optional(),
  problem: z.string().optional(),
});

export type Cost = z.infer<typeof costSchema>;
export type Drift = z.infer<typeof driftSchema>;
export type SkillPlan = z.infer<typeof skillPlanSchema>;

/** Whether a deploy would write. */
export function wouldChange({ action }: SkillPlan): boolean {
  return action === 'create' || action === 'update';
}

/** A skill that cannot be planned. */
export function failedPlan(skill: string, problem: string): SkillPlan {
  return {
    skill,
    action: 'failed',
    changes: [],
    cost: { unknown: 'there is no plan' },
    drift: { state: 'unknown', changes: [] },
    problem,
  };
}
