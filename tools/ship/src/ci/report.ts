import type { DeployResult } from '@odoobo/app-platform';
import * as z from 'zod';
import { unsentCodes } from '../deploy/could-not-be-sent.js';
import type { JournalRecord } from '../records/record.js';
import { appsOf } from '../records/run-records.js';
import { skillStatusSchema } from '../records/skill-status.js';
import { StatusFold } from '../records/status.js';

const reportedSkillSchema = skillStatusSchema.extend({
  skill: z.string(),
  /** Information that is not an error, such as what has superseded it. */
  note: z.string().optional(),
});

/** The result of a deployment, as `nx-skills report --json` prints it. */
export const reportSchema = z.object({
  /** ISO time. */
  at: z.iso.datetime(),
  /** Whether all skills were deployed or superseded, and no later check or test has failed. */
  success: z.boolean(),
  /** In alphabetical order. A skill without a `status` was not deployed: its job did not get that far, or was cancelled. */
  skills: z.array(reportedSkillSchema),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportedSkill = z.infer<typeof reportedSkillSchema>;

/** The result of a skill without a record. */
export type Unrecorded = Pick<ReportedSkill, 'status' | 'deployment_status' | 'note'>;

/** Its job was cancelled for an unknown reason. */
export const cancelled: Unrecorded = {
  deployment_status: 'CANCELLED',
  note: 'its job was cancelled: by a person, or by GitHub because a newer run waits for the same skill',
};

/** Its job was cancelled because a newer commit is shipped. @param by that commit */
export function supersededBy(by: string): Unrecorded {
  return { status: 'completed', deployment_status: 'SUPERSEDED', note: `superseded by ${by}` };
}

/**
 * A placed skill is reported by its apps.
 * @param records of all journals, oldest first
 * @param unrecorded the result of skills that are in no journal
 */
export function makeReport(
  skills: readonly string[],
  records: readonly JournalRecord[],
  unrecorded: Unrecorded = {},
): Report {
  const fold = new StatusFold();
  for (const record of records) fold.add(record);
  const known = fold.status.skills;
  const apps = new Set(skills.flatMap((skill) => appsOf(skill, records)));
  const reported = [...apps].sort().map((skill) => {
    const note = endOf(skill, records)?.note;
    return { skill, ...(known[skill]?.status ? {} : unrecorded), ...known[skill], ...(note && { note }) };
  });
  return { at: new Date().toISOString(), success: reported.every(isWell), skills: reported };
}

/** Deployed or superseded, and all later checks passed. */
export function isWell({ status, health, smoke_test: test }: ReportedSkill): boolean {
  return status === 'completed' && health?.healthy !== false && test?.success !== false;
}

export function isSupersededIn({ status, deployment_status: ended }: ReportedSkill): boolean {
  return status === 'completed' && ended === 'SUPERSEDED';
}

/** Its rollout is under way until someone approves a step. */
export function isWaitingIn({ status, deployment_status: ended }: ReportedSkill): boolean {
  return status === 'in_progress' && ended === 'WAITING';
}

export function isCancelledIn({ status, deployment_status: ended }: ReportedSkill): boolean {
  return status === undefined && ended === 'CANCELLED';
}

/** The result of each skill, including those without a record. */
export function resultsOf({ skills }: Report, records: readonly JournalRecord[]): DeployResult[] {
  return skills.map((one) => endOf(one.skill, records) ?? notRecorded(one));
}

function endOf(skill: string, records: readonly JournalRecord[]): DeployResult | undefined {
  const finished = records.flatMap((record) => (record.type === 'finished' ? [record.result] : []));
  return finished.findLast((one) => one.skill === skill);
}

function notRecorded(reported: ReportedSkill): DeployResult {
  const { skill, note = '' } = reported;
  const nothing = { skill, action: 'none', digest: '-', durationMs: 0 } as const;
  if (isSupersededIn(reported)) return { ...nothing, outcome: 'superseded', note };
  if (isCancelledIn(reported))
    return {
      ...nothing,
      outcome: 'interrupted',
      cause: { code: unsentCodes.cancelled, message: note, logTail: [] },
    };
  const message = 'its job ended before the deployment';
  return { ...nothing, outcome: 'failed', cause: { code: unsentCodes.notDeployed, message, logTail: [] } };
}
