import { skillPlanSchema, type SkillPlan } from '@odoobo/app-platform';
import * as z from 'zod';

/** The plan of a run, as `--json` writes it. Costs are US dollars a month. */
export const planSchema = z.object({
  /** Names the run of Nx that made it. */
  run: z.string(),
  /** ISO time. */
  startedAt: z.iso.datetime(),
  environment: z.enum(['local', 'production']),
  /** `the local platform (http://127.0.0.1:4100)` */
  platform: z.string(),
  /** By name. */
  skills: z.array(skillPlanSchema),
  summary: z.object({
    create: z.int(),
    update: z.int(),
    follow: z.int(),
    none: z.int(),
    failed: z.int(),
    /** Skills that somebody else has changed on the platform. */
    drifted: z.int(),
    /** Of the skills whose costs are known, now and after. */
    cost: z.object({ now: z.number(), after: z.number(), skillsOfUnknownCost: z.int() }),
  }),
});

export type Plan = z.infer<typeof planSchema>;

/** The plan of some skills of a run: Nx may plan them in more than one batch. */
export const planPartSchema = planSchema.omit({ summary: true });

export type PlanPart = z.infer<typeof planPartSchema>;

/** The plan of all skills that a run has planned so far. */
export function joinParts(parts: readonly [PlanPart, ...PlanPart[]]): Plan {
  const bySkill = new Map(parts.flatMap(({ skills }) => skills).map((plan) => [plan.skill, plan]));
  const skills = [...bySkill.values()].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  return { ...parts[0], skills, summary: summaryOf(skills) };
}

function summaryOf(skills: readonly SkillPlan[]): Plan['summary'] {
  const count = (action: SkillPlan['action']) => skills.filter((plan) => plan.action === action).length;
  return {
    create: count('create'),
    update: count('update'),
    follow: count('follow'),
    none: count('none'),
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
