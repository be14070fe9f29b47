import * as z from 'zod';
import { changeSchema } from '../versions/diff.js';

/** US dollars a month. What is absent is not known, and `unknown` says why. */
export const costSchema = z.object({
  now: z.number().optional(),
  after: z.number().optional(),
  unknown: z.string().optional(),
});

/** What somebody else has changed on the platform since it was last deployed from here. */
export const driftSchema = z.object({
  /**
   * `deployment`: one that was not made from here is live. `spec`: the app's spec was changed, which is not live (yet).
   * `deleted`: the app is gone. `unknown`: nothing is recorded of an earlier deploy.
   */
  state: z.enum(['none', 'deployment', 'spec', 'deleted', 'unknown']),
  /** From what was deployed to what is there. */
  changes: z.array(changeSchema),
  /** Of `deployment`. */
  deploymentId: z.string().optional(),
  /** Of that deployment, in the platform's words. */
  cause: z.string().optional(),
  /** ISO time. */
  since: z.string().optional(),
});

/** What a deploy of one skill would do, and what it would cost. */
export const skillPlanSchema = z.object({
  skill: z.string(),
  /**
   * `follow`: a deployment of it is under way. `held`: it was rolled back from, and deploy refuses it. `failed`: there is no plan, and `problem` says why.
   */
  action: z.enum(['create', 'update', 'follow', 'none', 'held', 'failed']),
  /** Of an update, and of one that is held, from what is live to what would be. */
  changes: z.array(changeSchema),
  /** Of an update: what is live and goes away, by name. */
  removes: z.array(z.string()).optional(),
  /** Of an update: what stays though the App Spec, or the environment, does not have it. */
  keeps: z.array(z.string()).optional(),
  /** Why deploy refuses it. */
  refusal: z.object({ code: z.string(), message: z.string() }).optional(),
  /** What is live already, or under way. */
  deploymentId: z.string().optional(),
  cost: costSchema,
  drift: driftSchema,
  /** A rollback that was made from here is live. */
  rolledBack: z.object({ deploymentId: z.string(), to: z.string() }).optional(),
  /** The deployment that a rollback has pinned the app to: an update is refused. */
  pinned: z.string().optional(),
  /** A deployment that is under way, and that an update would overtake. */
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
