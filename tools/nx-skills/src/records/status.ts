import * as z from 'zod';
import type { JournalRecord, RunRecord } from './record.js';
import { kindOfRun } from './run-name.js';
import { foldEvent, skillStatusSchema, type SkillStatus } from './skill-status.js';
import { foldTask } from './task-status.js';

/**
 * `WORKTREE_STATUS.json`: the last run that was to change what is live (none where nothing was deployed yet), and where
 * each skill stands, those of earlier runs included.
 */
export const statusSchema = z.object({
  deployment_id: z.string().optional(),
  started_at: z.string().optional(),
  status: z.enum(['in_progress', 'completed', 'failed', 'interrupted']).optional(),
  skills: z.record(z.string(), skillStatusSchema),
});

export type Status = z.infer<typeof statusSchema>;

/** The status after one more record. Pure: the whole status is the fold of the journal. */
export function foldRecord(status: Status | undefined, record: JournalRecord): Status | undefined {
  switch (record.type) {
    case 'run-started':
      return startRun(status, record);
    case 'run-finished':
      return status && finishRun(status, record);
    case 'checked':
    case 'tested':
    case 'merged':
    case 'merge-refused':
    case 'worktree':
      return withSkill(
        status ?? { skills: {} },
        record.skill,
        foldTask(status?.skills[record.skill] ?? {}, record),
      );
    default:
      return status && withSkill(status, record.skill, foldEvent(status.skills[record.skill] ?? {}, record));
  }
}

function withSkill(status: Status, skill: string, entry: SkillStatus): Status {
  return { ...status, skills: { ...status.skills, [skill]: entry } };
}

type RunStarted = Extract<RunRecord, { type: 'run-started' }>;

function startRun(status: Status | undefined, record: RunStarted): Status {
  // A run of Nx whose builds were partly cached comes in more than one batch: each starts it again.
  const sameRun = status?.deployment_id === record.run;
  return {
    deployment_id: record.run,
    started_at: sameRun ? status.started_at : record.at,
    status: 'in_progress',
    skills: { ...status?.skills, ...startedSkills(status, record) },
  };
}

/** A rollback may leave skills alone, which then stand where they stood: each starts with its own plan. */
function startedSkills(status: Status | undefined, record: RunStarted): Status['skills'] {
  if (kindOfRun(record.run) === 'rollback') return {};
  const started = Object.entries(record.skills).map(([skill, known]): [string, SkillStatus] => [
    skill,
    {
      ...lastingStatusOf(status?.skills[skill]),
      ...known,
      status: 'pending',
      deployment_status: 'PENDING',
      started_at: record.at,
      environment: record.environment,
    },
  ]);
  return Object.fromEntries(started);
}

/** What checks, tests and merges have found stays until the next of them; what was never verified, until it is. */
function lastingStatusOf(skill: SkillStatus = {}): SkillStatus {
  const { health, smoke_test, merge, unverified_deployment } = skill;
  return { health, smoke_test, merge, unverified_deployment };
}

/** A run that was overtaken by a later one no longer decides the status of the whole. */
function finishRun(status: Status, record: Extract<RunRecord, { type: 'run-finished' }>): Status {
  if (status.deployment_id !== record.run) return status;
  return { ...status, status: record.status };
}
