import { type SkillPlan, skillPlanSchema } from '@odoobo/app-platform';
import { neededInstancesSchema } from '@odoobo/app-platform/versions';
import * as z from 'zod';
import { sinceDeployedSchema } from './since-deployed.js';

/** What a deploy would do with a skill, and with `--since-deployed` what commits have changed in it. */
export const plannedSkillSchema = skillPlanSchema.extend({
  /** The skill, if this is the app of a placement. */
  of: z.string().optional(),
  /** The apps that deploy waits for first: the wave before, and for how many milliseconds they must be live. */
  earlier: z.object({ wave: z.int(), skills: z.array(z.string()), soakMs: z.number() }).optional(),
  /** Of a skill with a schedule: US dollars a month without it, and with it on average. */
  schedule: z.object({ without: z.number(), with: z.number() }).optional(),
  /** Of a skill whose manifest says what it must serve. */
  load: neededInstancesSchema.optional(),
  since: sinceDeployedSchema.optional(),
});

/** An app whose skill or placement was deleted. */
export const plannedOrphanSchema = z.object({
  app: z.string(),
  skill: z.string(),
  /** Set if the skill has lost this placement. */
  placement: z.string().optional(),
  /** US dollars a month; undefined if the platform does not report the cost. */
  cost: z.number().optional(),
});

/** The plan of some skills of a run of Nx, which may plan them in more than one batch. */
export const planPartSchema = z.object({
  /** The name of the run. */
  run: z.string(),
  /** ISO time. */
  startedAt: z.iso.datetime(),
  environment: z.string(),
  /** `the local platform (http://127.0.0.1:4100)`. Undefined if no platform was read. */
  platform: z.string().optional(),
  skills: z.array(plannedSkillSchema),
  /** Apps of this repository whose skills are gone, if all skills are planned; else those whose placements are. Deploy does not change them. */
  orphans: z.array(plannedOrphanSchema).optional(),
});

/** The plan of a whole run, as `--json` writes it, with its skills sorted by name. Costs are US dollars a month. */
export const planSchema = planPartSchema
  // Undefined in a run that had no skill to plan.
  .partial({ environment: true })
  .extend({
    summary: z.object({
      create: z.int(),
      update: z.int(),
      follow: z.int(),
      none: z.int(),
      held: z.int(),
      failed: z.int(),
      /** Number of skills that have drifted. */
      drifted: z.int(),
      /** Total of the skills whose costs are known, now and after. */
      cost: z.object({ now: z.number(), after: z.number(), skillsOfUnknownCost: z.int() }),
    }),
  });

export type PlannedSkill = z.infer<typeof plannedSkillSchema>;
export type PlannedOrphan = z.infer<typeof plannedOrphanSchema>;
export type PlanPart = z.infer<typeof planPartSchema>;
export type Plan = z.infer<typeof planSchema>;

/** The plan of a run without a skill. */
export function emptyPlan(run: Pick<PlanPart, 'run' | 'startedAt'>): Plan {
  return { ...run, skills: [], summary: summaryOf([]) };
}

/** The plan of all skills that a run has planned so far. */
export function joinParts(parts: readonly [PlanPart, ...PlanPart[]]): Plan {
  const bySkill = new Map(parts.flatMap(({ skills }) => skills).map((plan) => [plan.skill, plan]));
  const skills = [...bySkill.values()].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  const platform = parts.find((part) => part.platform !== undefined)?.platform;
  const left = new Map(parts.flatMap(({ orphans = [] }) => orphans).map((orphan) => [orphan.app, orphan]));
  const orphans = parts.some((part) => part.orphans) ? { orphans: [...left.values()] } : {};
  return { ...parts[0], platform, skills, ...orphans, summary: summaryOf(skills) };
}

/** The plan with skills added that it should contain but the run did not plan. */
export function withSkills(plan: Plan, added: readonly SkillPlan[]): Plan {
  const skills = [...plan.skills, ...added].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  return { ...plan, skills, summary: summaryOf(skills) };
}

function summaryOf(skills: readonly SkillPlan[]): Plan['summary'] {
  const count = (action: SkillPlan['action']) => skills.filter((plan) => plan.action === action).length;
  return {
    create: count('create'),
    update: count('update'),
    follow: count('follow'),
    none: count('none'),
    held: count('held'),
    failed: count('failed'),
    drifted: skills.filter(isDrifted).length,
    cost: costOfAll(skills),
  };
}

export function isDrifted({ drift: { state } }: SkillPlan): boolean {
  return state === 'deployment' || state === 'spec' || state === 'deleted';
}

function costOfAll(skills: readonly SkillPlan[]): Plan['summary']['cost'] {
  const known = skills.flatMap(({ cost: { now, after } }) =>
    now === undefined || after === undefined ? [] : [{ now, after }],
  );
  return {
    now: known.reduce((sum, { now }) => sum + now, 0),
    after: known.reduce((sum, { after }) => sum + after, 0),
    skillsOfUnknownCost: skills.length - known.length,
  };
}
