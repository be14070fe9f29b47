import type { DeployResult } from '@odoobo/app-platform';
import * as z from 'zod';
import type { JournalRecord, RunRecord, SkillRecord } from './record.js';

const skillStatusSchema = z.object({
  branch: z.string().optional(),
  worktree: z.string().optional(),
  status: z.enum(['pending', 'in_progress', 'completed', 'rolled_back', 'failed', 'interrupted']),
  /** The platform's phase while it is under way, then the outcome. */
  deployment_status: z.string(),
  started_at: z.string(),
  completed_at: z.string().optional(),
  environment: z.string(),
  deployment: z.string().optional(),
  url: z.string().optional(),
  commit: z.string().optional(),
  digest: z.string().optional(),
  error: z.string().optional(),
});

/** `WORKTREE_STATUS.json`: the last run, and where each skill stands, those of earlier runs included. */
export const statusSchema = z.object({
  deployment_id: z.string(),
  started_at: z.string(),
  status: z.enum(['in_progress', 'completed', 'failed', 'interrupted']),
  skills: z.record(z.string(), skillStatusSchema),
});

export type Status = z.infer<typeof statusSchema>;
export type SkillStatus = z.infer<typeof skillStatusSchema>;

/** The status after one more record. Pure: the whole status is the fold of the journal. */
export function foldRecord(status: Status | undefined, record: JournalRecord): Status | undefined {
  if (record.type === 'run-started') return startRun(status, record);
  if (!status) return status;
  if (record.type === 'run-finished') return finishRun(status, record);
  const skill = status.skills[record.skill];
  if (!skill) return status;
  return { ...status, skills: { ...status.skills, [record.skill]: foldSkill(skill, record) } };
}

function startRun(status: Status | undefined, record: Extract<RunRecord, { type: 'run-started' }>): Status {
  const started = Object.entries(record.skills).map(([skill, known]): [string, SkillStatus] => [
    skill,
    {
      ...known,
      status: 'pending',
      deployment_status: 'PENDING',
      started_at: record.at,
      environment: record.environment,
    },
  ]);
  // A run of Nx whose builds were partly cached comes in more than one batch: each starts it again.
  const sameRun = status?.deployment_id === record.run;
  return {
    deployment_id: record.run,
    started_at: sameRun ? status.started_at : record.at,
    status: 'in_progress',
    skills: { ...status?.skills, ...Object.fromEntries(started) },
  };
}

/** A run that was overtaken by a later one no longer decides the status of the whole. */
function finishRun(status: Status, record: Extract<RunRecord, { type: 'run-finished' }>): Status {
  if (status.deployment_id !== record.run) return status;
  return { ...status, status: record.status };
}

function foldSkill(skill: SkillStatus, record: SkillRecord): SkillStatus {
  switch (record.type) {
    case 'planned':
      return { ...skill, status: 'in_progress', deployment_status: 'PLANNED' };
    case 'written':
      return { ...skill, deployment: record.deploymentId, deployment_status: 'PENDING_BUILD' };
    case 'progress':
      return { ...skill, deployment: record.deploymentId, deployment_status: record.phase };
    case 'active':
      return { ...skill, deployment_status: 'ACTIVE', ...(record.url ? { url: record.url } : {}) };
    case 'rolling-back':
      return { ...skill, deployment_status: 'ROLLING_BACK' };
    case 'finished':
      return finishSkill(skill, record.at, record.result);
    default:
      return skill;
  }
}

const statusOf: Record<DeployResult['outcome'], SkillStatus['status']> = {
  deployed: 'completed',
  unchanged: 'completed',
  failed: 'failed',
  'rolled-back': 'failed',
  superseded: 'failed',
  skipped: 'failed',
  interrupted: 'interrupted',
};

/** What is done when a run ends as `deployed`. */
const doneBy: Partial<Record<DeployResult['action'], string>> = {
  rollback: 'ROLLED_BACK',
  commit: 'COMMITTED',
  revert: 'REVERTED',
  delete: 'DELETED',
};

function endOf({ outcome, action }: DeployResult): Pick<SkillStatus, 'status' | 'deployment_status'> {
  const done = outcome === 'deployed' ? doneBy[action] : undefined;
  return {
    status: done === 'ROLLED_BACK' ? 'rolled_back' : statusOf[outcome],
    deployment_status: done ?? outcome.toUpperCase().replaceAll('-', '_'),
  };
}

function finishSkill(skill: SkillStatus, at: string, result: DeployResult): SkillStatus {
  const { error: _earlier, ...rest } = skill;
  return {
    ...rest,
    ...endOf(result),
    completed_at: at,
    ...(result.deploymentId ? { deployment: result.deploymentId } : {}),
    ...(result.url ? { url: result.url } : {}),
    ...(result.cause ? { error: `${result.cause.code}: ${result.cause.message}` } : {}),
  };
}
