import type { DeployResult } from '@odoobo/app-platform';
import * as z from 'zod';
import type { JournalRecord } from '../records/record.js';
import { skillStatusSchema } from '../records/skill-status.js';
import { StatusFold } from '../records/status.js';

const reportedSkillSchema = skillStatusSchema.extend({ skill: z.string() });

/** What a deployment has come to, as `nx-skills report --json` prints it. */
export const reportSchema = z.object({
  /** ISO time. */
  at: z.iso.datetime(),
  /** Whether all skills were deployed, and no check or test since has found anything wrong. */
  success: z.boolean(),
  /** In alphabetical order. A skill without a `status` was not deployed: its job did not get that far. */
  skills: z.array(reportedSkillSchema),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportedSkill = z.infer<typeof reportedSkillSchema>;

/** @param records of all journals, oldest first */
export function makeReport(skills: readonly string[], records: readonly JournalRecord[]): Report {
  const fold = new StatusFold();
  for (const record of records) fold.add(record);
  const known = fold.status.skills;
  const reported = [...skills].sort().map((skill) => ({ skill, ...known[skill] }));
  return { at: new Date().toISOString(), success: reported.every(isWell), skills: reported };
}

/** Deployed, and found well by all that has looked at it since. */
export function isWell({ status, health, smoke_test: test }: ReportedSkill): boolean {
  return status === 'completed' && health?.healthy !== false && test?.success !== false;
}

/** How each skill ended: a skill of which nothing was recorded did not. */
export function resultsOf({ skills }: Report, records: readonly JournalRecord[]): DeployResult[] {
  const finished = records.flatMap((record) => (record.type === 'finished' ? [record.result] : []));
  return skills.map(({ skill }) => finished.findLast((one) => one.skill === skill) ?? notDeployed(skill));
}

function notDeployed(skill: string): DeployResult {
  const cause = { code: 'NotDeployed', message: 'its job did not get as far as a deployment', logTail: [] };
  return { skill, outcome: 'failed', action: 'none', digest: '-', durationMs: 0, cause };
}
