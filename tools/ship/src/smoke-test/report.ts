import * as z from 'zod';

const stageReportSchema = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped']),
  durationMs: z.number(),
  /** The finding, in a few words. */
  detail: z.string(),
  /** Everything that is wrong; empty for a stage that passed. */
  problems: z.array(z.string()),
  /** By name with its unit, such as `p95Ms`. */
  measures: z.record(z.string(), z.number()).optional(),
});

const skillReportSchema = z.object({
  skill: z.string(),
  success: z.boolean(),
  startedAt: z.iso.datetime(),
  /** Undefined for a skill that is not live. */
  url: z.string().optional(),
  deployment: z.string().optional(),
  digest: z.string().optional(),
  stages: z.array(stageReportSchema),
});

/** What a run of smoke tests found: `logs/tests/test-{timestamp}.json`. */
export const testReportSchema = z.object({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** `the local platform (http://127.0.0.1:4100)` */
  platform: z.string(),
  success: z.boolean(),
  /** In alphabetical order. */
  skills: z.array(skillReportSchema),
});

export type StageReport = z.infer<typeof stageReportSchema>;
export type SkillReport = z.infer<typeof skillReportSchema>;
export type TestReport = z.infer<typeof testReportSchema>;

/** Merges two reports of the same run; for a skill in both, the later one wins. */
export function mergeReports(earlier: TestReport | undefined, later: TestReport): TestReport {
  const skills = new Map([...(earlier?.skills ?? []), ...later.skills].map((one) => [one.skill, one]));
  const sorted = [...skills.values()].sort((a, b) => (a.skill < b.skill ? -1 : 1));
  return { ...later, success: sorted.every(({ success }) => success), skills: sorted };
}
